#include "targets/stream/client/store.h"

#include <poll.h>

#include <stdexcept>

namespace streams {
namespace {

[[noreturn]] void fail(sqlite3* db, const char* what) {
  throw std::runtime_error(std::string(what) + ": " + sqlite3_errmsg(db));
}

/// SQLite's own back-off grows to 100 ms, which starves writers that come every millisecond.
int retry_soon(void*, int attempts) {
  constexpr int kTenSeconds = 20000;
  const timespec half_a_millisecond{0, 500'000};
  ppoll(nullptr, 0, &half_a_millisecond, nullptr);
  return attempts < kTenSeconds ? 1 : 0;
}

constexpr const char* kSchema =
    "create table if not exists ledger(id text, key text, seq integer, digest text, by text);"
    "create table if not exists streams(stream text primary key, owner text not null, epoch integer not null,"
    "  position integer not null, done integer not null default 0, lease integer not null default 0);";
constexpr const char* kUpsertSchema = "create unique index if not exists ledger_id on ledger(id);";

constexpr const char* kInsert = "insert into ledger(id, key, seq, digest, by) values(?, ?, ?, ?, ?)";
constexpr const char* kUpsert =
    "insert into ledger(id, key, seq, digest, by) values(?, ?, ?, ?, ?)"
    "  on conflict(id) do update set digest = excluded.digest, by = excluded.by";
constexpr const char* kAdvance =
    "update streams set position = ?, lease = ? where stream = ? and owner = ? and epoch = ?";
constexpr const char* kAdvanceWhateverEpoch =
    "update streams set position = ?, lease = ? where stream = ? and owner = ? and ? > 0";

}  // namespace

/// One use of a prepared statement: bound in the order of its question marks, reset (or finalized) at the end.
class Store::Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db), owned_(true) {
    if (sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr) != SQLITE_OK) fail(db, sql);
  }
  Statement(sqlite3* db, sqlite3_stmt* prepared) : db_(db), statement_(prepared) {}
  ~Statement() { owned_ ? sqlite3_finalize(statement_) : sqlite3_reset(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(std::string_view text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  /// True while there are rows.
  bool step() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) fail(db_, sqlite3_sql(statement_));
    return result == SQLITE_ROW;
  }
  Claim claim() const {
    return {reinterpret_cast<const char*>(sqlite3_column_text(statement_, 0)), sqlite3_column_int64(statement_, 1),
            sqlite3_column_int64(statement_, 2)};
  }

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool owned_ = false;
};

/// `immediate`: takes the write lock at once, so that what it reads is still true when it writes.
class Store::Transaction {
 public:
  explicit Transaction(Store& store) : store_(store), lock_(store.mutex_) { store_.execute("begin immediate"); }
  ~Transaction() {
    if (open_) sqlite3_exec(store_.db_, "rollback", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    store_.execute("commit");
    open_ = false;
  }

 private:
  Store& store_;
  std::lock_guard<std::mutex> lock_;
  bool open_ = true;
};

Store::Store(Settings settings) : settings_(std::move(settings)) {
  if (sqlite3_open(settings_.path.c_str(), &db_) != SQLITE_OK) fail(db_, settings_.path.c_str());
  sqlite3_busy_handler(db_, retry_soon, nullptr);
  // The one statement for which SQLite does not ask the busy handler: another replica may be switching right now.
  for (int attempts = 0; sqlite3_exec(db_, "pragma journal_mode = wal", nullptr, nullptr, nullptr) == SQLITE_BUSY;) {
    if (retry_soon(nullptr, ++attempts) == 0) fail(db_, settings_.path.c_str());
  }
  execute("pragma synchronous = normal");
  {
    Transaction transaction(*this);
    execute(kSchema);
    if (settings_.upsert) execute(kUpsertSchema);
    transaction.commit();
  }
  if (sqlite3_prepare_v2(db_, settings_.upsert ? kUpsert : kInsert, -1, &insert_, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db_, settings_.ignore_epoch ? kAdvanceWhateverEpoch : kAdvance, -1, &advance_, nullptr) !=
          SQLITE_OK) {
    fail(db_, "prepare");
  }
}

Store::~Store() {
  sqlite3_finalize(insert_);
  sqlite3_finalize(advance_);
  sqlite3_close(db_);
}

void Store::execute(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db_, sql);
}

std::int64_t Store::lease_end() const {
  if (settings_.lease.count() == 0) return 0;
  return (std::chrono::steady_clock::now().time_since_epoch() + settings_.lease) / std::chrono::nanoseconds(1);
}

void Store::insert(const Entry& entry) {
  Statement(db_, insert_)
      .bind(entry.id)
      .bind(entry.stream)
      .bind(entry.seq)
      .bind(entry.digest)
      .bind(settings_.replica)
      .step();
}

void Store::append(const Entry& entry) {
  Transaction transaction(*this);
  insert(entry);
  transaction.commit();
}

bool Store::append_and_advance(const Entry& entry, const Claim& claim) {
  Transaction transaction(*this);
  Statement(db_, advance_)
      .bind(entry.seq)
      .bind(lease_end())
      .bind(claim.stream)
      .bind(settings_.owner)
      .bind(claim.epoch)
      .step();
  if (sqlite3_changes(db_) == 0) return false;
  insert(entry);
  transaction.commit();
  return true;
}

void Store::append_and_advance_unfenced(const Entry& entry, const Claim& claim) {
  Transaction transaction(*this);
  Statement(db_, "update streams set position = ? where stream = ?").bind(entry.seq).bind(claim.stream).step();
  insert(entry);
  transaction.commit();
}

void Store::advance(const Claim& claim, std::int64_t position) {
  Transaction transaction(*this);
  Statement(db_, advance_)
      .bind(position)
      .bind(lease_end())
      .bind(claim.stream)
      .bind(settings_.owner)
      .bind(claim.epoch)
      .step();
  transaction.commit();
}

void Store::finish(const Claim& claim) {
  Transaction transaction(*this);
  Statement(db_,
            "insert into streams(stream, owner, epoch, position, done) values(?, ?, ?, ?, 1) on conflict(stream)"
            "  do update set done = 1 where owner = excluded.owner and epoch = excluded.epoch")
      .bind(claim.stream)
      .bind(settings_.owner)
      .bind(claim.epoch)
      .bind(claim.position)
      .step();
  transaction.commit();
}

std::optional<Claim> Store::claim_where(std::string_view condition, std::string_view argument) {
  const std::string sql =
      "update streams set owner = ?, epoch = epoch + 1, lease = ? where stream = (select stream from streams"
      "  where done = 0 and " +
      std::string(condition) + " limit 1) returning stream, position, epoch";
  Transaction transaction(*this);
  std::optional<Claim> claim;
  {
    Statement statement(db_, sql.c_str());
    statement.bind(settings_.owner).bind(lease_end()).bind(argument);
    if (statement.step()) claim = statement.claim();
  }
  transaction.commit();
  return claim;
}

std::optional<Claim> Store::claim_own(const std::string& stream) {
  {
    Transaction transaction(*this);
    Statement(db_, "insert or ignore into streams(stream, owner, epoch, position, lease) values(?, ?, 1, 0, ?)")
        .bind(stream)
        .bind(settings_.owner)
        .bind(lease_end())
        .step();
    const bool inserted = sqlite3_changes(db_) > 0;
    transaction.commit();
    if (inserted) return Claim{stream, 0, 1};
  }
  return claim_where("(owner = '' or owner like '" + settings_.replica + "@%') and stream = ?", stream);
}

bool Store::is_listed(const std::string& stream) {
  const std::lock_guard lock(mutex_);
  return Statement(db_, "select 1 from streams where stream = ?").bind(stream).step();
}

void Store::hand_over(const std::vector<Claim>& claims) {
  Transaction transaction(*this);
  for (const Claim& claim : claims) {
    Statement(db_,
              "insert into streams(stream, owner, epoch, position) values(?, '', ?, ?) on conflict(stream) do update"
              "  set owner = '', epoch = epoch + 1, position = excluded.position, lease = 0"
              "  where owner = ? and epoch = excluded.epoch")
        .bind(claim.stream)
        .bind(claim.epoch)
        .bind(claim.position)
        .bind(settings_.owner)
        .step();
  }
  transaction.commit();
}

std::optional<Claim> Store::take_handed_over() { return claim_where("owner = ?", ""); }

std::optional<Claim> Store::claim_from(const std::string& dead_owner) { return claim_where("owner = ?", dead_owner); }

std::optional<Claim> Store::claim_expired() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  return claim_where("owner <> '' and lease > 0 and lease < cast(? as integer)", std::to_string(now));
}

void Store::renew_leases() {
  Transaction transaction(*this);
  Statement(db_, "update streams set lease = ? where owner = ? and done = 0")
      .bind(lease_end())
      .bind(settings_.owner)
      .step();
  transaction.commit();
}

std::vector<Claim> Store::unfinished_of(const std::string& owner) {
  const std::lock_guard lock(mutex_);
  Statement statement(db_, "select stream, position, epoch from streams where done = 0 and owner = ?");
  statement.bind(owner);
  std::vector<Claim> claims;
  while (statement.step()) claims.push_back(statement.claim());
  return claims;
}

}  // namespace streams
