#include "harness/witnesses/sqlite_reader.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <vector>

#include "harness/base/text.h"

namespace stormproof::witnesses {

namespace {

struct CloseStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, CloseStatement>;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

constexpr std::array<const char*, 5> kColumns = {"id", "key", "seq", "digest", "by"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(c < 0x80 ? std::tolower(c) : c); });
  return text;
}

std::string column_list(sqlite3_stmt* statement) {
  std::vector<std::string> names;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) names.emplace_back(sqlite3_column_name(statement, i));
  return join(names, ", ");
}

/// Where each of kColumns stands in the result, -1: not there.
std::array<int, kColumns.size()> column_places(sqlite3_stmt* statement) {
  std::array<int, kColumns.size()> places{};
  places.fill(-1);
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    const std::string name = lower(sqlite3_column_name(statement, i));
    for (std::size_t k = 0; k < kColumns.size(); ++k) {
      if (places[k] < 0 && name == kColumns[k]) places[k] = i;
    }
  }
  return places;
}

std::string missing_id(sqlite3_stmt* statement) {
  return fmt::format("the query yields no column 'id', only {}", column_list(statement));
}

std::string_view text_at(sqlite3_stmt* statement, int column) {
  if (column < 0) return {};
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

EventView row_of(sqlite3_stmt* statement, const std::array<int, kColumns.size()>& places) {
  EventView row;
  row.type = EventType::effect;
  row.id = text_at(statement, places[0]);
  row.key = text_at(statement, places[1]);
  if (places[2] >= 0 && sqlite3_column_type(statement, places[2]) != SQLITE_NULL) {
    row.seq = sqlite3_column_int64(statement, places[2]);
  }
  row.digest = text_at(statement, places[3]);
  row.by = text_at(statement, places[4]);
  return row;
}

}  // namespace

struct SqliteReader::Handle {
  Database database;
  std::string prepared_text;
  Statement prepared;
  Statement version;
  std::int64_t last_version = -1;

  Failure failure() const {
    const int code = sqlite3_errcode(database.get());
    const bool broken = code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_IOERR;
    return {broken ? Trouble::broken : Trouble::not_yet, sqlite3_errmsg(database.get())};
  }

  std::optional<Failure> prepare(const std::string& query) {
    if (prepared && prepared_text == query) return std::nullopt;
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v2(database.get(), query.c_str(), -1, &made, nullptr);
    prepared.reset(made);
    if (code != SQLITE_OK) return failure();
    prepared_text = query;
    return std::nullopt;
  }

  /// Steps to the end. The statement is reset whatever happens: an unfinished one would keep a lock.
  template <class EachRow>
  std::optional<Failure> run(const EachRow& each_row) {
    sqlite3_stmt* statement = prepared.get();
    int code = sqlite3_step(statement);
    const auto places = column_places(statement);  // after the first step: a changed schema was prepared again
    if (places[0] < 0) {
      std::string message = missing_id(statement);
      sqlite3_reset(statement);
      return Failure{Trouble::broken, std::move(message)};
    }
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) each_row(statement, row_of(statement, places));
    std::optional<Failure> trouble;
    if (code != SQLITE_DONE) trouble = failure();
    sqlite3_reset(statement);
    return trouble;
  }
};

SqliteReader::SqliteReader() = default;
SqliteReader::~SqliteReader() = default;
SqliteReader::SqliteReader(SqliteReader&&) noexcept = default;
SqliteReader& SqliteReader::operator=(SqliteReader&&) noexcept = default;

bool SqliteReader::is_open() const { return handle_ != nullptr; }

void SqliteReader::close() { handle_.reset(); }

std::optional<SqliteReader::Failure> SqliteReader::open(const std::filesystem::path& path, Access access) {
  constexpr int kPatienceMs = 2000;
  auto handle = std::make_unique<Handle>();
  sqlite3* database = nullptr;
  const int mode = access == Access::look ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(path.c_str(), &database, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  handle->database.reset(database);
  if (code != SQLITE_OK) return Failure{Trouble::not_yet, database ? sqlite3_errmsg(database) : "out of memory"};
  sqlite3_busy_timeout(database, access == Access::look ? 0 : kPatienceMs);
  // Closing must not checkpoint: that would write, and lock out a target that is just starting.
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  handle_ = std::move(handle);
  return std::nullopt;
}

bool SqliteReader::changed() {
  Handle& handle = *handle_;
  if (!handle.version) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(handle.database.get(), "pragma data_version", -1, &made, nullptr) != SQLITE_OK) return true;
    handle.version.reset(made);
  }
  std::int64_t version = -1;
  if (sqlite3_step(handle.version.get()) == SQLITE_ROW) version = sqlite3_column_int64(handle.version.get(), 0);
  sqlite3_reset(handle.version.get());
  const bool differs = version < 0 || version != handle.last_version;
  handle.last_version = version;
  return differs;
}

bool SqliteReader::uses_wal() {
  sqlite3_stmt* made = nullptr;
  sqlite3_prepare_v2(handle_->database.get(), "pragma journal_mode", -1, &made, nullptr);
  const Statement statement(made);
  return made != nullptr && sqlite3_step(made) == SQLITE_ROW && text_at(made, 0) == "wal";
}

std::optional<SqliteReader::Failure> SqliteReader::read_all(const std::string& query, const OnRow& on_row,
                                                            std::uint64_t* nameless) {
  if (auto trouble = handle_->prepare(query)) return trouble;
  return handle_->run([&](sqlite3_stmt*, const EventView& row) { row.id.empty() ? void(++*nameless) : on_row(row); });
}

std::optional<SqliteReader::Failure> SqliteReader::read_after(const std::string& incremental, std::int64_t* last_rowid,
                                                              const OnRow& on_row, std::uint64_t* nameless) {
  constexpr std::int64_t kPage = 5000;  // bounds how long a writer without WAL may have to wait
  for (std::int64_t got = kPage; got == kPage;) {
    got = 0;
    if (auto trouble = handle_->prepare(incremental)) return trouble;
    sqlite3_bind_int64(handle_->prepared.get(), 1, *last_rowid);
    sqlite3_bind_int64(handle_->prepared.get(), 2, kPage);
    auto trouble = handle_->run([&](sqlite3_stmt* statement, const EventView& row) {
      *last_rowid = sqlite3_column_int64(statement, sqlite3_column_count(statement) - 1);
      ++got;
      row.id.empty() ? void(++*nameless) : on_row(row);
    });
    if (trouble) return trouble;
  }
  return std::nullopt;
}

std::optional<std::string> incremental_query(const std::string& query) {
  constexpr std::size_t kLongest = 2000;  // std::regex matches by recursion
  if (query.size() > kLongest) return std::nullopt;
  static const std::regex kShape(
      R"(^\s*select\s+([^()';*]+?)\s+from\s+(\w+|"[^"]+")\s+order\s+by\s+rowid(\s+asc)?\s*;?\s*$)", std::regex::icase);
  std::smatch match;
  if (!std::regex_match(query, match, kShape)) return std::nullopt;
  static const std::regex kOtherShape(R"(\b(distinct|from|all)\b)", std::regex::icase);
  const std::string columns = match[1];
  if (std::regex_search(columns, kOtherShape)) return std::nullopt;
  return fmt::format("select {}, rowid as stormproof_rowid from {} where rowid > ?1 order by rowid limit ?2", columns,
                     match[2].str());
}

namespace {

/// An empty database in memory which gets the tables and columns the query asks for, one complaint at a time.
class Stage {
 public:
  Stage() {
    sqlite3* opened = nullptr;
    sqlite3_open_v2(":memory:", &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(opened);
  }

  /// Returns SQLite's complaint, empty when it prepares.
  std::string prepare(const std::string& query, Statement& statement, std::string& rest) {
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), query.c_str(), -1, &made, &tail);
    statement.reset(made);
    if (code != SQLITE_OK) return sqlite3_errmsg(database_.get());
    rest = tail;
    return {};
  }

  /// True when the complaint was about something that a real database may have.
  bool provide(const std::string& complaint) {
    constexpr std::string_view kTable = "no such table: ";
    constexpr std::string_view kColumn = "no such column: ";
    if (complaint.starts_with(kTable)) {
      const std::string name = quoted(complaint.substr(kTable.size()));
      return tables_.insert(name).second && execute("create table " + name + "(stormproof_none)");
    }
    if (!complaint.starts_with(kColumn) || tables_.empty()) return false;
    const std::string name = quoted(complaint.substr(kColumn.size()));
    bool added = false;
    for (const std::string& table : tables_) {
      added = execute("alter table " + table + " add column " + name) || added;
    }
    return added;
  }

 private:
  /// The last part of "main.ledger" or "l.id".
  static std::string quoted(std::string name) {
    name.erase(0, name.rfind('.') + 1);
    std::string out = "\"";
    for (const char c : name) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + '"';
  }
  bool execute(const std::string& sql) {
    return sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }

  Database database_;
  std::set<std::string> tables_;
};

}  // namespace

Status check_query(const std::string& query) {
  const std::string hint = "write it like \"select id, key, seq, digest from ledger order by rowid\"";
  const auto wrong = [&](const std::string& why) { return usage_error("the query does not work: " + why, hint); };
  constexpr int kNamesMax = 200;
  Stage stage;
  Statement statement;
  std::string rest;
  std::string complaint = stage.prepare(query, statement, rest);
  for (int i = 0; i < kNamesMax && !complaint.empty(); ++i) {
    if (!stage.provide(complaint)) break;
    complaint = stage.prepare(query, statement, rest);
  }
  // With several tables a made-up column stands in each of them; only the real database can tell.
  if (complaint.starts_with("ambiguous column name")) return {};
  if (!complaint.empty()) return wrong(complaint);
  if (!statement) return wrong("it is empty");
  if (rest.find_first_not_of(" \t\r\n;") != std::string::npos) return wrong("it holds more than one statement");
  if (sqlite3_stmt_readonly(statement.get()) == 0 || sqlite3_column_count(statement.get()) == 0) {
    return wrong("it must be a select");
  }
  const bool by_star = query.find('*') != std::string::npos;
  if (column_places(statement.get())[0] < 0 && !by_star) return wrong(missing_id(statement.get()));
  return {};
}

}  // namespace stormproof::witnesses
