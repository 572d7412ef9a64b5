#include "targets/stream/client/stream_worker.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "targets/stream/common/digest.h"

namespace streams {
namespace {

/// Not the stream's fault: this record cannot be handled.
struct BadRecord : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Another owner has claimed the stream: nothing more of it is ours.
struct StreamLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Bugs whose position does not change in the transaction of its record.
bool position_saved_elsewhere(Bug bug) {
  switch (bug) {
    case Bug::offset_before_data:
    case Bug::ack_on_receipt:
    case Bug::two_transactions:
    case Bug::ids_in_memory:
    case Bug::batch_ack_first:
    case Bug::position_late: return true;
    default: return false;
  }
}

}  // namespace

StreamWorker::StreamWorker(Shared& shared, Claim claim)
    : shared_(shared),
      claim_(std::move(claim)),
      queue_(shared.queue),
      received_(claim_.position),
      stored_(claim_.position),
      reader_(start_thread([this] { read(); })),
      handler_(start_thread([this] { handle_all(); })) {}

StreamWorker::~StreamWorker() {
  abandon();
  join();
}

void StreamWorker::stop_reading() {
  stop_.raise();
  cancel_.raise();
  if (shared_.bug == Bug::handover_received) queue_.discard();
}

void StreamWorker::abandon() {
  stop_reading();
  queue_.discard();
}

void StreamWorker::join() {
  if (reader_.joinable()) reader_.join();
  if (handler_.joinable()) handler_.join();
}

Claim StreamWorker::claim() const {
  return {claim_.stream, shared_.bug == Bug::handover_received ? received_ : stored_, claim_.epoch};
}

std::int64_t StreamWorker::resume_after() const {
  constexpr std::int64_t kPage = 8;
  if (received_ == 0) return 0;
  switch (shared_.bug) {
    case Bug::resume_at: return received_ - 1;
    case Bug::resume_skip: return received_ + 1;
    case Bug::upsert_ledger:
    case Bug::dedupe_window: return 0;
    case Bug::stale_retry: return breaks_ > 0 ? first_break_ : received_.load();
    case Bug::page_boundary: return breaks_ > 0 && received_ % kPage == 0 ? received_ - kPage : received_.load();
    default: return received_;
  }
}

void StreamWorker::read() {
  constexpr auto kFirstPause = std::chrono::milliseconds(20);
  constexpr auto kLongestPause = std::chrono::milliseconds(100);
  const bool patient =
      shared_.level >= Level::resumable && shared_.bug != Bug::give_up && shared_.bug != Bug::refused_is_end;
  auto pause = kFirstPause;
  for (int attempt = 1; !stop_.raised(); ++attempt) {
    const std::int64_t before = received_;
    const std::string broken = shared_.feed.read(claim_.stream, resume_after(), patient, cancel_,
                                                 [this](Record record) { received(std::move(record)); });
    if (broken.empty() && !stop_.raised()) ended_ = true;
    if (ended_ || stop_.raised()) break;
    std::fprintf(stderr, "%s broke after %lld: %s\n", claim_.stream.c_str(), static_cast<long long>(received_),
                 broken.c_str());
    if (shared_.level < Level::resumable) break;
    if (received_ > before) {
      attempt = 1;
      pause = kFirstPause;
    }
    break_seen(broken);
    if (gives_up(broken, attempt)) {
      ended_ = true;
      break;
    }
    stop_.wait_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  if (ended_ && shared_.bug == Bug::finish_on_receipt) shared_.store.finish(claim());
  queue_.close();
}

void StreamWorker::break_seen(const std::string& broken) {
  if (++breaks_ == 1) first_break_ = received_;
  if (shared_.bug == Bug::reset_counts_record && broken.find("reset") != std::string::npos) ++received_;
}

bool StreamWorker::gives_up(const std::string& broken, int quick_attempts) const {
  switch (shared_.bug) {
    case Bug::give_up: return quick_attempts == 3;
    case Bug::budget_never_refilled: return breaks_ > 5;
    case Bug::refused_is_end: return broken.find("refused") != std::string::npos;
    default: return false;
  }
}

bool StreamWorker::known(const std::string& id) {
  constexpr std::size_t kRemembered = 100;
  if (!known_ids_.insert(id).second) return true;
  known_.push_back(id);
  if (shared_.bug == Bug::dedupe_window && known_.size() > kRemembered) {
    known_ids_.erase(known_.front());
    known_.pop_front();
  }
  return false;
}

void StreamWorker::received(Record record) {
  const bool looks_back = shared_.bug == Bug::ids_in_memory || shared_.bug == Bug::dedupe_window;
  if (looks_back && known(record.id)) return;
  if (shared_.bug == Bug::retry_new_id && breaks_ > 0) record.id += "-" + std::to_string(breaks_);
  received_ = record.seq;
  if (shared_.bug == Bug::ack_on_receipt) shared_.store.advance(claim_, record.seq);
  if (shared_.bug == Bug::drop_when_full && queue_.full()) return;
  queue_.push(std::move(record));
}

void StreamWorker::handle_all() {
  try {
    std::thread second;
    if (shared_.bug == Bug::two_handlers) {
      second = start_thread([this] {
        while (const auto record = queue_.pop()) handle(*record);
      });
    }
    while (const auto record = queue_.pop()) handle(*record);
    if (second.joinable()) second.join();
    if (!ended_) return;
    if (shared_.level >= Level::graceful) shared_.store.finish(claim());
    over_ = true;
  } catch (const BadRecord& error) {
    std::fprintf(stderr, "%s ends: %s\n", claim_.stream.c_str(), error.what());
    abandon();
  } catch (const StreamLost& error) {
    std::fprintf(stderr, "%s is left alone: %s\n", claim_.stream.c_str(), error.what());
    over_ = true;
    abandon();
  }
}

void StreamWorker::handle(const Record& record) {
  if (shared_.bug == Bug::skip_one_more && std::exchange(skip_next_, false)) return;
  if (shared_.bug == Bug::offset_before_data) shared_.store.advance(claim_, record.seq);
  if (shared_.bug == Bug::store_bad) save(record);
  for (;;) {
    try {
      process(record);
      break;
    } catch (const BadRecord& error) {
      if (shared_.level < Level::tolerant) throw;
      if (shared_.bug == Bug::poison_blocks && !stop_.wait_for(std::chrono::milliseconds(10))) continue;
      std::fprintf(stderr, "skipped: %s\n", error.what());
      skip_next_ = true;
      return;
    }
  }
  if (shared_.bug != Bug::store_bad) save(record);
}

void StreamWorker::process(const Record& record) const {
  if (record.poison) throw BadRecord("record " + record.id + " cannot be handled");
  const bool checked = shared_.bug != Bug::no_digest_check;
  if (checked && digest_of(record.payload) != record.digest) throw BadRecord("record " + record.id + " is damaged");
  const auto until = std::chrono::steady_clock::now() + shared_.work;
  std::this_thread::sleep_until(until);
}

void StreamWorker::save(const Record& record) {
  const Entry entry{record.id, record.stream, record.seq, digest_of(record.payload)};
  if (shared_.effects != nullptr) shared_.effects->report(entry);

  if (shared_.bug == Bug::position_late) shared_.store.advance(claim_, stored_);
  if (shared_.level < Level::recoverable || position_saved_elsewhere(shared_.bug)) {
    shared_.store.append(entry);
  } else if (shared_.bug == Bug::no_fencing || shared_.bug == Bug::double_recovery) {
    shared_.store.append_and_advance_unfenced(entry, claim_);
  } else if (!shared_.store.append_and_advance(entry, claim_)) {
    throw StreamLost("it has another owner now");
  }
  stored_ = record.seq;
  constexpr std::int64_t kBatch = 25;
  if (shared_.bug == Bug::ids_in_memory && record.seq % kBatch == 0) shared_.store.advance(claim_, record.seq);
  if (shared_.bug == Bug::batch_ack_first && record.seq % kBatch == 1) {
    shared_.store.advance(claim_, record.seq + kBatch - 1);
  }
}

}  // namespace streams
