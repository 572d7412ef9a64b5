/// A client replica: its share of the streams, those it takes over from peers, and the order in which it shuts down.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "targets/stream/client/feed.h"
#include "targets/stream/client/stream_worker.h"
#include "targets/stream/common/threads.h"

namespace streams {

class Replica {
 public:
  /// `lifecycle` may be absent. All outlive the replica.
  Replica(Shared& shared, LifecycleFeed* lifecycle, std::string self, std::chrono::nanoseconds lease);
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  /// Starts on every stream s with s % replicas == index, from the list the server gives.
  void start(int index, int replicas);
  /// Graceful levels: returns when nothing is in flight and everything unfinished is handed over.
  void shut_down();

 private:
  void work_on(Claim claim);
  void start_share(int index, int replicas);
  void look_around();
  void take_handed_over();
  void take_over_from_the_dead();
  void take_over_from(const Exit& exit);
  void save_positions_now_and_then();
  void stop_taking();
  void stop_reading();
  void finish_in_flight();
  void hand_over();

  Shared& shared_;
  LifecycleFeed* const lifecycle_;
  const std::string self_;
  const std::chrono::nanoseconds lease_;
  Stop stop_;
  Cancel cancel_list_;
  Cancel cancel_watch_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<StreamWorker>> workers_;
  std::vector<std::thread> threads_;
  bool seen_not_taken_ = false;  ///< Bug::taken_twice
  bool saw_a_death_ = false;     ///< Bug::one_death_only
};

}  // namespace streams
