#include "targets/stream/client/stream_worker.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

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
}

void StreamWorker::abandon() {
  stop_reading();
  queue_.discard();
}

void StreamWorker::join() {
  if (reader_.joinable()) reader_.join();
  if (handler_.joinable()) handler_.join();
}

Claim StreamWorker::claim() const { return {claim_.stream, stored_, claim_.epoch}; }

std::int64_t StreamWorker::resume_after() const {
  if (received_ == 0) return 0;
  if (shared_.bug == Bug::resume_at) return received_ - 1;
  if (shared_.bug == Bug::resume_skip) return received_ + 1;
  if (shared_.bug == Bug::upsert_ledger) return 0;
  return received_;
}

void StreamWorker::read() {
  constexpr auto kFirstPause = std::chrono::milliseconds(20);
  constexpr auto kLongestPause = std::chrono::milliseconds(100);
  const bool patient = shared_.level >= Level::resumable && shared_.bug != Bug::give_up;
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
    if (shared_.bug == Bug::give_up && attempt == 3) {
      ended_ = true;
      break;
    }
    stop_.wait_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  queue_.close();
}

void StreamWorker::received(Record record) {
  received_ = record.seq;
  if (shared_.bug == Bug::ack_on_receipt) shared_.store.advance(claim_, record.seq);
  if (shared_.bug == Bug::drop_when_full && queue_.full()) return;
  queue_.push(std::move(record));
}

void StreamWorker::handle_all() {
  try {
    while (const auto record = queue_.pop()) handle(*record);
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
      return;
    }
  }
  if (shared_.bug != Bug::store_bad) save(record);
}

void StreamWorker::process(const Record& record) const {
  if (record.poison) throw BadRecord("record " + record.id + " cannot be handled");
  if (digest_of(record.payload) != record.digest) throw BadRecord("record " + record.id + " is damaged");
  const auto until = std::chrono::steady_clock::now() + shared_.work;
  std::this_thread::sleep_until(until);
}

void StreamWorker::save(const Record& record) {
  const Entry entry{record.id, record.stream, record.seq, digest_of(record.payload)};
  if (shared_.effects != nullptr) shared_.effects->report(entry);

  const bool position_saved_elsewhere = shared_.bug == Bug::offset_before_data || shared_.bug == Bug::ack_on_receipt ||
                                        shared_.bug == Bug::two_transactions;
  if (shared_.level < Level::recoverable || position_saved_elsewhere) {
    shared_.store.append(entry);
  } else if (shared_.bug == Bug::no_fencing || shared_.bug == Bug::double_recovery) {
    shared_.store.append_and_advance_unfenced(entry, claim_);
  } else if (!shared_.store.append_and_advance(entry, claim_)) {
    throw StreamLost("it has another owner now");
  }
  stored_ = record.seq;
}

}  // namespace streams
