#include "targets/stream/client/replica.h"

#include <cstdio>
#include <utility>

namespace streams {

Replica::Replica(Shared& shared, LifecycleFeed* lifecycle, std::string self, std::chrono::nanoseconds lease)
    : shared_(shared), lifecycle_(lifecycle), self_(std::move(self)), lease_(lease) {}

Replica::~Replica() { stop_taking(); }

void Replica::start(int index, int replicas) {
  threads_.push_back(start_thread([this, index, replicas] { start_share(index, replicas); }));
  if (shared_.level >= Level::graceful) threads_.push_back(start_thread([this] { look_around(); }));
  if (shared_.level >= Level::recoverable && lifecycle_ != nullptr) {
    threads_.push_back(start_thread([this] { take_over_from_the_dead(); }));
  }
  if (shared_.bug == Bug::two_transactions) threads_.push_back(start_thread([this] { save_positions_now_and_then(); }));
}

void Replica::work_on(Claim claim) {
  std::fprintf(stderr, "%s: from %lld on\n", claim.stream.c_str(), static_cast<long long>(claim.position));
  const std::lock_guard lock(mutex_);
  workers_.push_back(std::make_unique<StreamWorker>(shared_, std::move(claim)));
}

void Replica::start_share(int index, int replicas) {
  const std::vector<std::string> all = shared_.feed.list(shared_.bug != Bug::list_gives_up, cancel_list_);
  for (std::size_t i = static_cast<std::size_t>(index); i < all.size(); i += static_cast<std::size_t>(replicas)) {
    if (shared_.level >= Level::recoverable) {
      auto claim = shared_.store.claim_own(all[i]);
      if (claim && shared_.bug == Bug::restart_from_start) claim->position = 0;
      if (claim) work_on(*claim);
    } else if (shared_.level < Level::graceful || !shared_.store.is_listed(all[i])) {
      work_on({all[i], 0, 0});
    }
  }
  std::printf("%s is at work\n", self_.c_str());
  std::fflush(stdout);
}

void Replica::look_around() {
  constexpr auto kEvery = std::chrono::milliseconds(20);
  for (bool last = false; !last;) {
    last = stop_.wait_for(kEvery);
    // One a round, so that the work spreads over the peers.
    take_handed_over();
    if (lease_.count() > 0 && shared_.level >= Level::recoverable) {
      if (shared_.bug != Bug::lease_not_renewed) shared_.store.renew_leases();
      if (shared_.bug == Bug::lease_never_expires) continue;
      if (auto claim = shared_.store.claim_expired()) work_on(*claim);
    }
  }
}

void Replica::take_handed_over() {
  if (shared_.bug == Bug::taken_twice && !seen_not_taken_) {
    for (auto& claim : shared_.store.unfinished_of("")) {
      work_on(claim);
      seen_not_taken_ = true;
    }
    return;
  }
  auto claim = shared_.store.take_handed_over();
  if (shared_.bug == Bug::taken_twice) {
    seen_not_taken_ = claim.has_value();
    return;
  }
  if (claim && shared_.bug == Bug::handover_acked_on_take) shared_.store.finish(*claim);
  if (claim) work_on(*claim);
}

void Replica::take_over_from_the_dead() {
  while (!stop_.raised()) {
    lifecycle_->watch(cancel_watch_, [this](const Exit& exit) {
      if (exit.reason != "Completed" && !stop_.raised()) take_over_from(exit);
    });
    stop_.wait_for(std::chrono::milliseconds(50));
  }
}

void Replica::take_over_from(const Exit& exit) {
  if (shared_.bug == Bug::oom_not_recovered && exit.reason != "Error") return;
  if (shared_.bug == Bug::late_watcher && exit.before_us) return;
  if (shared_.bug == Bug::one_death_only && std::exchange(saw_a_death_, true)) return;
  const std::string dead = exit.process + "@" + std::to_string(exit.pid);
  if (shared_.bug == Bug::double_recovery) {
    for (auto& claim : shared_.store.unfinished_of(dead)) work_on(claim);
    return;
  }
  while (auto claim = shared_.store.claim_from(dead)) {
    if (shared_.bug == Bug::recover_from_start) claim->position = 0;
    work_on(*claim);
    if (shared_.bug == Bug::recover_first_only) return;
  }
}

void Replica::save_positions_now_and_then() {
  for (std::size_t next = 0; !stop_.wait_for(std::chrono::milliseconds(10)); ++next) {
    const std::lock_guard lock(mutex_);
    if (workers_.empty()) continue;
    const Claim claim = workers_[next % workers_.size()]->claim();
    shared_.store.advance(claim, claim.position);
  }
}

void Replica::shut_down() {
  switch (shared_.bug) {
    case Bug::shutdown_order:
      stop_reading();
      finish_in_flight();
      hand_over();
      stop_taking();
      return;
    case Bug::handover_before_store:
      stop_taking();
      stop_reading();
      hand_over();
      finish_in_flight();
      return;
    default:
      // Each step relies on the one before: what is taken, read or stored after a stream was handed over is lost or
      // done twice.
      stop_taking();
      stop_reading();
      finish_in_flight();
      hand_over();
  }
}

void Replica::stop_taking() {
  stop_.raise();
  cancel_list_.raise();
  cancel_watch_.raise();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Replica::stop_reading() {
  const std::lock_guard lock(mutex_);
  for (auto& worker : workers_) worker->stop_reading();
}

void Replica::finish_in_flight() {
  const std::lock_guard lock(mutex_);
  for (auto& worker : workers_) worker->join();
}

void Replica::hand_over() {
  const std::lock_guard lock(mutex_);
  std::vector<Claim> unfinished;
  for (const auto& worker : workers_) {
    if (!worker->over()) unfinished.push_back(worker->claim());
  }
  if (shared_.bug == Bug::handover_first_only && !unfinished.empty()) unfinished.resize(1);
  shared_.store.hand_over(unfinished);
  std::fprintf(stderr, "%s handed over %zu streams\n", self_.c_str(), unfinished.size());
}

}  // namespace streams
