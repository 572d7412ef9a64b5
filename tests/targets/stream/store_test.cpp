#include "targets/stream/client/store.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <array>
#include <latch>
#include <map>
#include <memory>
#include <thread>

#include "tests/support/temp_dir.h"

namespace streams {
namespace {

using std::chrono::milliseconds;

class Database {
 public:
  std::unique_ptr<Store> open(const std::string& replica, int pid, std::chrono::nanoseconds lease = {},
                              bool upsert = false) const {
    return std::make_unique<Store>(
        Store::Settings{(dir_ / "client.db").string(), replica, owner(replica, pid), lease, upsert});
  }
  static std::string owner(const std::string& replica, int pid) { return replica + "@" + std::to_string(pid); }

  /// The sequence numbers in the ledger, in the order in which they were stored.
  std::vector<std::int64_t> ledger(const std::string& stream) const {
    sqlite3* db = nullptr;
    sqlite3_stmt* statement = nullptr;
    sqlite3_open((dir_ / "client.db").c_str(), &db);
    sqlite3_prepare_v2(db, "select seq from ledger where key = ? order by rowid", -1, &statement, nullptr);
    sqlite3_bind_text(statement, 1, stream.c_str(), -1, SQLITE_TRANSIENT);
    std::vector<std::int64_t> rows;
    while (sqlite3_step(statement) == SQLITE_ROW) rows.push_back(sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return rows;
  }

 private:
  stormproof::TempDir dir_;
};

using Rows = std::vector<std::int64_t>;

Entry entry(const std::string& stream, std::int64_t seq) {
  return {stream + "#" + std::to_string(seq), stream, seq, "digest"};
}

TEST(Store, TheLedgerShowsDuplicatesAndTheUpsertedOneDoesNot) {
  const Database database;
  const auto store = database.open("client/0", 1);
  store->append(entry("s", 1));
  store->append(entry("s", 1));
  EXPECT_EQ(database.ledger("s"), (Rows{1, 1}));

  const Database upserted;
  const auto hiding = upserted.open("client/0", 1, {}, true);
  hiding->append(entry("s", 1));
  hiding->append(entry("s", 1));
  EXPECT_EQ(upserted.ledger("s"), (Rows{1}));
}

TEST(Store, ARestartedReplicaGoesOnWhereItWas) {
  const Database database;
  const auto first = database.open("client/0", 1);
  const auto claim = first->claim_own("s");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->position, 0);
  EXPECT_TRUE(first->append_and_advance(entry("s", 1), *claim));

  const auto second = database.open("client/0", 2);
  const auto again = second->claim_own("s");
  ASSERT_TRUE(again);
  EXPECT_EQ(again->position, 1);
  // The first process, should it still be there, is fenced off.
  EXPECT_FALSE(first->append_and_advance(entry("s", 2), *claim));
  EXPECT_EQ(database.ledger("s"), (Rows{1}));
}

TEST(Store, OnePeerClaimsTheStreamOfTheDead) {
  const Database database;
  const auto dead = database.open("client/0", 1);
  const auto lost = dead->claim_own("s");
  ASSERT_TRUE(dead->append_and_advance(entry("s", 1), *lost));

  const auto one = database.open("client/1", 2);
  const auto two = database.open("client/2", 3);
  const auto claim = one->claim_from(Database::owner("client/0", 1));
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->stream, "s");
  EXPECT_EQ(claim->position, 1);
  EXPECT_FALSE(two->claim_from(Database::owner("client/0", 1)));
  // Back under its own name, the replica leaves the stream to its new owner.
  EXPECT_FALSE(database.open("client/0", 4)->claim_own("s"));
  EXPECT_FALSE(dead->append_and_advance(entry("s", 2), *lost));
  EXPECT_TRUE(one->append_and_advance(entry("s", 2), *claim));
}

TEST(Store, WhatWasHandedOverIsTakenOnceAtItsPosition) {
  const Database database;
  const auto leaving = database.open("client/0", 1);
  leaving->hand_over({{"s", 7, 0}});
  EXPECT_TRUE(leaving->is_listed("s"));
  const auto peer = database.open("client/1", 2);
  const auto claim = peer->take_handed_over();
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->position, 7);
  EXPECT_FALSE(peer->take_handed_over());
  // Nobody can hand over what is no longer theirs.
  leaving->hand_over({{"s", 3, 0}});
  EXPECT_FALSE(peer->take_handed_over());
  EXPECT_TRUE(peer->append_and_advance(entry("s", 8), *claim));
}

TEST(Store, AFinishedStreamIsNobodysToClaim) {
  const Database database;
  const auto store = database.open("client/0", 1);
  store->finish(*store->claim_own("s"));
  EXPECT_FALSE(database.open("client/0", 2)->claim_own("s"));
  EXPECT_FALSE(database.open("client/1", 3)->claim_from(Database::owner("client/0", 1)));
  // One that nobody claimed (level graceful) is on the list from then on.
  store->finish({"t", 9, 0});
  EXPECT_TRUE(store->is_listed("t"));
  EXPECT_FALSE(store->take_handed_over());
}

TEST(Store, AnOwnerWhoseLeaseRanOutCanBeReplaced) {
  const Database database;
  const auto silent = database.open("client/0", 1, std::chrono::nanoseconds(1));
  const auto lost = silent->claim_own("s");
  const auto patient = database.open("client/1", 2, std::chrono::hours(1));
  const auto kept = patient->claim_own("t");
  const auto claim = patient->claim_expired();
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->stream, "s");
  EXPECT_FALSE(patient->claim_expired());
  EXPECT_FALSE(silent->append_and_advance(entry("s", 1), *lost));
}

TEST(Store, ReplicasMayOpenANewDatabaseAtTheSameMoment) {
  for (int round = 0; round < 40; ++round) {
    const Database database;
    std::latch all_here(4);
    std::vector<std::thread> replicas;
    for (int i = 0; i < 4; ++i) {
      replicas.emplace_back([&, i] {
        all_here.arrive_and_wait();
        EXPECT_NO_THROW(database.open("client/" + std::to_string(i), i)->append(entry("s", i)));
      });
    }
    for (auto& replica : replicas) replica.join();
    EXPECT_EQ(database.ledger("s").size(), 4U);
  }
}

TEST(Store, SaysWhichFileCannotBeOpened) {
  try {
    Store({"/no/such/directory/x.db", "client/0", "client/0@1", {}, false});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "/no/such/directory/x.db: unable to open database file");
  }
}

/// Replicas that store, hand over, die, come back, are declared dead while they live on and never let go of an old
/// claim: whatever they do, a stream's records are in the ledger once and in order.
RC_GTEST_PROP(Store, EveryRecordOnceWhateverItsOwnersDo, (const std::vector<std::array<std::uint8_t, 3>>& steps)) {
  const Database database;
  struct Process {
    std::string replica;
    int pid;
    std::unique_ptr<Store> store;
    std::map<std::string, Claim> claims;  // kept after they were lost, too
  };
  std::vector<Process> processes;
  int pids = 0;
  const auto start = [&](int index) {
    Process process{"client/" + std::to_string(index), ++pids, nullptr, {}};
    process.store = database.open(process.replica, process.pid);
    processes.push_back(std::move(process));
  };
  for (int i = 0; i < 3; ++i) start(i);

  for (const auto& [who, what, which] : steps) {
    Process& process = processes[who % processes.size()];
    const std::string stream = "s-" + std::to_string(which % 2);
    const auto keep = [&](const std::optional<Claim>& claim) {
      if (claim) process.claims[claim->stream] = *claim;
    };
    const auto held = process.claims.find(stream);
    switch (what % 8) {
      case 0: keep(process.store->claim_own(stream)); break;
      case 1: keep(process.store->take_handed_over()); break;
      case 2: {
        const Process& other = processes[which % processes.size()];
        keep(process.store->claim_from(Database::owner(other.replica, other.pid)));
        break;
      }
      case 3:
        if (held != process.claims.end()) process.store->hand_over({held->second});
        break;
      case 4:
        if (processes.size() < 6) start(which % 3);
        break;
      default:
        if (held != process.claims.end()) {
          Claim& claim = held->second;
          if (process.store->append_and_advance(entry(stream, claim.position + 1), claim)) ++claim.position;
        }
    }
  }
  for (const std::string stream : {"s-0", "s-1"}) {
    const Rows rows = database.ledger(stream);
    for (std::size_t i = 0; i < rows.size(); ++i) RC_ASSERT(rows[i] == static_cast<std::int64_t>(i) + 1);
  }
}

}  // namespace
}  // namespace streams
