/// The database the replicas share: the ledger of what took effect, and who owns which stream.
///
///   ledger(id, key, seq, digest, by)                       append-only, no uniqueness: a duplicate must stay visible
///   streams(stream, owner, epoch, position, done, lease)   owner '': handed over, waiting for a taker
///
/// `epoch` grows with each change of owner. A write that names an old owner or epoch changes nothing: that is the
/// fence. An owner is "client/0@4711": this process, not the replica that may come back under the same name. Every call
/// is atomic, waits for other processes' transactions and throws std::runtime_error if the database fails.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace streams {

struct Entry {
  std::string id;
  std::string stream;
  std::int64_t seq = 0;
  std::string digest;
};

/// The right to work on a stream: everything up to `position` is done.
struct Claim {
  std::string stream;
  std::int64_t position = 0;
  std::int64_t epoch = 0;
};

class Store {
 public:
  struct Settings {
    std::string path;
    std::string replica;               ///< "client/0"
    std::string owner;                 ///< "client/0@4711"
    std::chrono::nanoseconds lease{};  ///< 0: an owner keeps its streams until it is known to be dead
    bool upsert = false;               ///< Bug::upsert_ledger
    bool ignore_epoch = false;         ///< Bug::fence_by_owner
  };
  explicit Store(Settings settings);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void append(const Entry& entry);
  /// Record and position in one transaction. False: the claim is no longer ours and nothing was written.
  bool append_and_advance(const Entry& entry, const Claim& claim);
  /// The same without looking whose stream it is (Bug::no_fencing, Bug::double_recovery).
  void append_and_advance_unfenced(const Entry& entry, const Claim& claim);
  /// The position alone, in a transaction of its own.
  void advance(const Claim& claim, std::int64_t position);
  /// Nobody will claim the stream again, nor this replica after a restart.
  void finish(const Claim& claim);

  /// Claims a stream of our own share at start-up, with the position where an earlier process of this replica left it.
  /// Nothing when it is done or someone else's.
  std::optional<Claim> claim_own(const std::string& stream);
  bool is_listed(const std::string& stream);
  /// All of them in one transaction; a stream that is no longer ours is left alone.
  void hand_over(const std::vector<Claim>& claims);
  std::optional<Claim> take_handed_over();
  std::optional<Claim> claim_from(const std::string& dead_owner);
  std::optional<Claim> claim_expired();
  void renew_leases();
  /// The unfinished streams of an owner, claiming nothing.
  std::vector<Claim> unfinished_of(const std::string& owner);

 private:
  class Statement;
  class Transaction;
  void execute(const char* sql);
  void insert(const Entry& entry);
  std::optional<Claim> claim_where(std::string_view condition, std::string_view argument);
  std::int64_t lease_end() const;

  const Settings settings_;
  std::mutex mutex_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* advance_ = nullptr;
};

}  // namespace streams
