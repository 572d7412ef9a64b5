#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "harness/base/child.h"
#include "harness/witnesses/catalog.h"
#include "harness/witnesses/sqlite_reader.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

/// A target's own connection.
class Store {
 public:
  explicit Store(const std::filesystem::path& path, const std::string& journal = "wal") {
    EXPECT_EQ(sqlite3_open(path.c_str(), &db_), SQLITE_OK);
    sqlite3_busy_timeout(db_, 5000);
    run("pragma journal_mode=" + journal);
    run("pragma synchronous=off");
    run("create table if not exists ledger(id text, key text, seq integer, digest text)");
  }
  ~Store() { sqlite3_close(db_); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void run(const std::string& sql) {
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &why), SQLITE_OK) << sql << ": " << (why ? why : "");
    sqlite3_free(why);
  }
  void append(int n) {
    run("insert into ledger values('o-" + std::to_string(n) + "','k-" + std::to_string(n % 3) + "'," +
        std::to_string(n) + ",'00ff')");
  }

 private:
  sqlite3* db_ = nullptr;
};

class SqliteWitness : public ::testing::TestWithParam<const char*> {
 protected:
  Status configure(const std::string& query = {}) {
    GivenParams given{.text = {{"path", path().string()}}};
    if (!query.empty()) given.text["query"] = query;
    witness_ = witnesses::sqlite_kind.make({}, {"store", recorder_, clock_, dir_.path(), "test"});
    EXPECT_TRUE(witness_->open().ok());
    return witness_->configure(params_of(witnesses::sqlite_kind.info.params, given));
  }
  std::filesystem::path path() const { return dir_ / "ledger.db"; }
  bool poll_until(std::uint64_t effects) {
    return eventually([&] {
      EXPECT_TRUE(witness_->poll().ok());
      return recorder_.counts().effects >= effects;
    });
  }

  TempDir dir_;
  SteadyClock clock_;
  FakeRecorder recorder_;
  std::unique_ptr<Witness> witness_;
};

TEST_P(SqliteWitness, RowsAreRecordedWhileTheTargetWrites) {
  ASSERT_TRUE(configure().ok());
  EXPECT_TRUE(witness_->poll().ok()) << "no file yet";
  Store store(path(), GetParam());
  store.append(1);
  store.append(2);
  ASSERT_TRUE(poll_until(2));
  store.append(3);
  ASSERT_TRUE(poll_until(3));
  const Event last = recorder_.events(EventType::effect).back();
  EXPECT_EQ(last.id, "o-3");
  EXPECT_EQ(last.key, "k-0");
  EXPECT_EQ(last.seq, 3);
  EXPECT_EQ(last.digest, "00ff");
  EXPECT_EQ(last.by, "store");
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.counts().effects, 3U);
}

TEST_P(SqliteWitness, ABusyWriterIsNeverLockedOutAndNoRowIsMissedOrCountedTwice) {
  constexpr int kRows = 3000;
  ASSERT_TRUE(configure().ok());
  std::atomic<bool> done{false};
  std::thread writer([&] {
    Store store(path(), GetParam());
    for (int n = 1; n <= kRows; ++n) store.append(n);
    done = true;
  });
  while (!done) EXPECT_TRUE(witness_->poll().ok());
  writer.join();
  ASSERT_TRUE(witness_->drain().ok());
  const std::vector<std::string> ids = recorder_.ids(EventType::effect);
  ASSERT_EQ(ids.size(), static_cast<std::size_t>(kRows));
  for (int n = 1; n <= kRows; ++n) EXPECT_EQ(ids[static_cast<std::size_t>(n) - 1], "o-" + std::to_string(n));
  EXPECT_TRUE(recorder_.notes("harness", "unknown").empty());
}

TEST_P(SqliteWitness, AnyOtherQueryIsReadCompletelyAndStillCountsEachRowOnce) {
  ASSERT_TRUE(configure("select id, seq from ledger where seq > 0 order by id desc").ok());
  Store store(path(), GetParam());
  store.append(5);
  ASSERT_TRUE(poll_until(1));
  store.append(7);
  store.append(6);
  ASSERT_TRUE(poll_until(3));
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.counts().effects, 3U);
}

TEST_P(SqliteWitness, ADuplicateRowIsASecondEffect) {
  ASSERT_TRUE(configure().ok());
  Store store(path(), GetParam());
  store.append(1);
  ASSERT_TRUE(poll_until(1));
  store.append(1);
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.counts().effects, 2U);
}

TEST_P(SqliteWitness, ADeadWritersUnfinishedTransactionIsNoEffect) {
  ASSERT_TRUE(configure().ok());
  { Store(path(), GetParam()).append(1); }
  ASSERT_TRUE(poll_until(1));
  // A process of its own, killed with its transaction spilled to disk: it leaves a hot journal behind.
  const std::string script =
      "import sqlite3,os\n"
      "db=sqlite3.connect('" +
      path().string() +
      "',isolation_level=None)\n"
      "db.execute('pragma cache_size=2')\n"
      "db.execute('begin immediate')\n"
      "for n in range(5000): db.execute(\"insert into ledger values('x-'||?,'k',?,'00')\",(n,n))\n"
      "os.kill(os.getpid(),9)\n";
  ChildRunner victim({.argv = {"python3", "-c", script}, .env = {}, .directory = {}}, [](std::string_view) {});
  ASSERT_TRUE(victim.start().ok());
  ASSERT_TRUE(victim.wait_for(std::chrono::seconds(30)));
  ASSERT_EQ(victim.exit().signal, 9) << victim.stderr_tail();
  EXPECT_TRUE(witness_->poll().ok());
  const Status drained = witness_->drain();
  ASSERT_TRUE(drained.ok()) << drained.error().message;
  EXPECT_EQ(recorder_.ids(EventType::effect), std::vector<std::string>{"o-1"});
  EXPECT_TRUE(recorder_.notes("harness", "unknown").empty());
}

INSTANTIATE_TEST_SUITE_P(Journals, SqliteWitness, ::testing::Values("wal", "delete"),
                         [](const auto& journal) { return std::string(journal.param); });

using SqliteTrouble = SqliteWitness;

TEST_F(SqliteTrouble, RowsThatVanishMakeTheRunUnknown) {
  ASSERT_TRUE(configure().ok());
  Store store(path());
  store.append(1);
  store.append(2);
  ASSERT_TRUE(poll_until(2));
  store.run("delete from ledger where seq = 1");
  ASSERT_TRUE(witness_->drain().ok());
  const auto notes = recorder_.notes("harness", "unknown");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0], "witness store: 1 rows that were seen before are gone from " + path().string() +
                          ", or were changed: it is not append-only");
}

TEST_F(SqliteTrouble, AReplacedFileIsReadAgainAndSaidSo) {
  ASSERT_TRUE(configure().ok());
  { Store(path(), "delete").append(1); }
  ASSERT_TRUE(poll_until(1));
  {
    Store other(dir_ / "other.db", "delete");
    other.append(1);
    other.append(2);
  }
  std::filesystem::rename(dir_ / "other.db", path());
  ASSERT_TRUE(poll_until(2));
  ASSERT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.ids(EventType::effect), (std::vector<std::string>{"o-1", "o-2"}));
  ASSERT_EQ(recorder_.notes("store").size(), 1U);
  EXPECT_EQ(recorder_.notes("store")[0], path().string() + " was replaced while the run was in progress");
}

TEST_F(SqliteTrouble, AFileThatNeverCameIsAnErrorAtTheEndOnly) {
  ASSERT_TRUE(configure().ok());
  EXPECT_TRUE(witness_->poll().ok());
  const Status drained = witness_->drain();
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().code, ErrorCode::usage);
  EXPECT_EQ(drained.error().message, "the database " + path().string() + " does not exist");
  EXPECT_FALSE(drained.error().hint.empty());
}

TEST_F(SqliteTrouble, NotADatabase) {
  ASSERT_TRUE(configure().ok());
  std::ofstream(path()) << std::string(5000, 'x');
  EXPECT_FALSE(witness_->poll().ok());
  const Status drained = witness_->drain();
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().message, "cannot read the database " + path().string() + ": file is not a database");
}

TEST_F(SqliteTrouble, LockedToTheEnd) {
  ASSERT_TRUE(configure().ok());
  Store store(path(), "delete");
  store.append(1);
  store.run("begin exclusive");
  EXPECT_TRUE(witness_->poll().ok()) << "may pass by itself";
  const Status drained = witness_->drain();
  store.run("commit");
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().message, "cannot read the database " + path().string() + ": database is locked");
  EXPECT_NE(drained.error().hint.find("another process still holds it"), std::string::npos);
}

TEST_F(SqliteTrouble, NoSuchTableAtTheEnd) {
  ASSERT_TRUE(configure("select id from entries order by rowid").ok());
  Store store(path());
  EXPECT_TRUE(witness_->poll().ok());
  const Status drained = witness_->drain();
  ASSERT_FALSE(drained.ok());
  EXPECT_EQ(drained.error().message, "cannot read the database " + path().string() + ": no such table: entries");
}

TEST_F(SqliteTrouble, TheWitnessNeverWritesToTheStore) {
  ASSERT_TRUE(configure().ok());
  Store store(path());
  store.append(1);
  ASSERT_TRUE(poll_until(1));
  const auto before = std::filesystem::last_write_time(path());
  ASSERT_TRUE(witness_->drain().ok());
  witness_.reset();
  EXPECT_EQ(std::filesystem::last_write_time(path()), before);
  EXPECT_TRUE(std::filesystem::exists(path().string() + "-wal")) << "no checkpoint by us";
}

TEST(SqliteQuery, IsJudgedBeforeAnythingRuns) {
  struct Row {
    const char* query;
    const char* complaint;  // nullptr: fine
  };
  constexpr Row kRows[] = {
      {"select id, key, seq, digest from ledger order by rowid", nullptr},
      {"SELECT l.id AS id, l.n AS seq FROM main.ledger AS l WHERE l.done = 1;", nullptr},
      {"select * from ledger", nullptr},
      {"select a.id from a join b on a.x = b.x", nullptr},
      {"select count(*) as id from ledger", nullptr},
      {"select message_id, seq from ledger",
       "the query does not work: the query yields no column 'id', only message_id, seq"},
      {"selct id from ledger", "the query does not work: near \"selct\": syntax error"},
      {"select id from", "the query does not work: incomplete input"},
      {"", "the query does not work: it is empty"},
      {"delete from ledger", "the query does not work: it must be a select"},
      {"select id from ledger; drop table ledger", "the query does not work: it holds more than one statement"},
      {"select nofunc(id) as id from ledger", "the query does not work: no such function: nofunc"},
  };
  for (const Row& row : kRows) {
    const Status checked = witnesses::check_query(row.query);
    if (row.complaint == nullptr) {
      EXPECT_TRUE(checked.ok()) << row.query << ": " << checked.error().message;
    } else {
      ASSERT_FALSE(checked.ok()) << row.query;
      EXPECT_EQ(checked.error().message, row.complaint);
      EXPECT_EQ(checked.error().code, ErrorCode::usage);
    }
  }
}

TEST(SqliteQuery, OnlyThePlainShapeIsReadByRowid) {
  using witnesses::incremental_query;
  EXPECT_EQ(incremental_query("select id, seq from ledger order by rowid"),
            "select id, seq, rowid as stormproof_rowid from ledger where rowid > ?1 order by rowid limit ?2");
  EXPECT_TRUE(incremental_query("  SELECT id FROM \"my ledger\"\n ORDER BY rowid ASC ; ").has_value());
  for (const char* other :
       {"select * from ledger order by rowid", "select distinct id from ledger order by rowid",
        "select max(id) as id from ledger order by rowid", "select id from ledger order by rowid desc",
        "select id from ledger", "select id from ledger where x order by rowid", "select id from a, b order by rowid",
        "select id from (select id from x) order by rowid", "select id, 'a from b' as key from l order by rowid"}) {
    EXPECT_FALSE(incremental_query(other).has_value()) << other;
  }
}

}  // namespace
}  // namespace stormproof
