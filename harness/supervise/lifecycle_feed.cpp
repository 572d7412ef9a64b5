#include "harness/supervise/lifecycle_feed.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "stormproof/v1/lifecycle.grpc.pb.h"

namespace stormproof {

namespace {

constexpr auto kGonePoll = std::chrono::milliseconds(100);

v1::LifecycleEvent to_message(const LifecycleChange& change) {
  v1::LifecycleEvent event;
  switch (change.type) {
    case LifecycleType::started: event.set_type(v1::LifecycleEvent::STARTED); break;
    case LifecycleType::ready: event.set_type(v1::LifecycleEvent::READY); break;
    case LifecycleType::exited: event.set_type(v1::LifecycleEvent::EXITED); break;
    case LifecycleType::backoff: event.set_type(v1::LifecycleEvent::BACKOFF); break;
    default: break;
  }
  event.set_process(change.process);
  event.set_target(change.target);
  event.set_index(change.index);
  event.set_pid(change.pid);
  event.set_time_ns(change.time.count());
  event.set_reason(change.reason);
  if (change.type == LifecycleType::exited) {
    event.set_exit_code(change.exit.exit_code());
    event.set_signal(change.exit.signal);
  }
  event.set_restart_count(change.restart_count);
  return event;
}

/// A thread of gRPC's for each watcher: it waits here or in its own Write, never with the lock held.
class Service final : public v1::Lifecycle::Service {
 public:
  grpc::Status Watch(grpc::ServerContext* context, const v1::WatchRequest* request,
                     grpc::ServerWriter<v1::LifecycleEvent>* writer) override {
    std::size_t next = 0;
    // The watcher knows that it is connected before the first event.
    writer->SendInitialMetadata();
    for (;;) {
      v1::LifecycleEvent event;
      {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kGonePoll, [&] { return stopping_ || next < events_.size(); });
        if (next < events_.size()) {
          event = events_[next++];
        } else if (stopping_) {
          return grpc::Status::OK;
        }
      }
      if (context->IsCancelled()) return grpc::Status::CANCELLED;
      if (event.process().empty()) continue;
      if (!request->target().empty() && event.target() != request->target()) continue;
      if (!writer->Write(event)) return grpc::Status::CANCELLED;
    }
  }

  void publish(v1::LifecycleEvent event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
    }
    changed_.notify_all();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::LifecycleEvent> events_;
  bool stopping_ = false;
};

}  // namespace

struct LifecycleFeed::Impl {
  Service service;
  std::unique_ptr<grpc::Server> server;
};

LifecycleFeed::LifecycleFeed() : impl_(std::make_unique<Impl>()) {}

LifecycleFeed::~LifecycleFeed() { stop(); }

Result<std::string> LifecycleFeed::start() {
  // Once its last object is gone, gRPC 1.51 shuts itself down, which can wait ten seconds for a poller of its own. One
  // unmatched grpc_init keeps it until the process ends.
  static const bool kept = (grpc_init(), true);
  (void)kept;
  grpc::ServerBuilder builder;
  int port = 0;
  // A poller that misses the shutdown sleeps this long; the default is ten seconds.
  builder.SetSyncServerOption(grpc::ServerBuilder::CQ_TIMEOUT_MSEC, 100);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&impl_->service);
  impl_->server = builder.BuildAndStart();
  if (!impl_->server || port == 0) {
    return environment_error("the lifecycle feed cannot listen on 127.0.0.1", "is the loopback interface up?");
  }
  return "127.0.0.1:" + std::to_string(port);
}

void LifecycleFeed::publish(const LifecycleChange& change) {
  v1::LifecycleEvent event = to_message(change);
  if (event.type() != v1::LifecycleEvent::TYPE_UNSPECIFIED) impl_->service.publish(std::move(event));
}

void LifecycleFeed::stop() {
  if (!impl_->server) return;
  impl_->service.stop();
  impl_->server->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kGonePoll.count(), GPR_TIMESPAN)));
  impl_->server->Wait();
  impl_->server.reset();
}

}  // namespace stormproof
