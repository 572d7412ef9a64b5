#include "targets/stream/client/feed.h"

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <cctype>
#include <mutex>

#include "stormproof/v1/lifecycle.grpc.pb.h"
#include "stormproof/v1/witness.grpc.pb.h"
#include "stream/v1/stream.grpc.pb.h"

namespace streams {
namespace {

std::shared_ptr<grpc::Channel> connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 500);  // how long one attempt to connect may take
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // The queue of the worker is the prefetch; what gRPC reads ahead of it comes on top.
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 8 * 1024);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  const bool numeric = !address.empty() && std::isdigit(static_cast<unsigned char>(address.front())) != 0;
  // Once its last object is gone, gRPC 1.51 shuts itself down, which can wait ten seconds for a poller of its own. One
  // unmatched grpc_init keeps it until the process ends.
  static const bool kept = (grpc_init(), true);
  (void)kept;
  return grpc::CreateCustomChannel(numeric ? "ipv4:" + address : address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

}  // namespace

struct Cancel::State {
  mutable std::mutex mutex;
  grpc::ClientContext* context = nullptr;
  bool raised = false;

  /// Ties a call to the flag for as long as it lives.
  class Call {
   public:
    Call(State& state, grpc::ClientContext& context) : state_(state) {
      const std::lock_guard lock(state_.mutex);
      state_.context = &context;
      if (state_.raised) context.TryCancel();
    }
    ~Call() {
      const std::lock_guard lock(state_.mutex);
      state_.context = nullptr;
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    State& state_;
  };
};

Cancel::Cancel() : state_(std::make_unique<State>()) {}
Cancel::~Cancel() = default;

void Cancel::raise() {
  const std::lock_guard lock(state_->mutex);
  state_->raised = true;
  if (state_->context != nullptr) state_->context->TryCancel();
}

bool Cancel::raised() const {
  const std::lock_guard lock(state_->mutex);
  return state_->raised;
}

struct Feed::Stub {
  std::unique_ptr<stream::v1::Streams::Stub> streams;
};

Feed::Feed(const std::string& address)
    : stub_(std::make_unique<Stub>(Stub{stream::v1::Streams::NewStub(connect(address))})) {}
Feed::~Feed() = default;

std::vector<std::string> Feed::list(bool patient, Cancel& cancel) {
  while (!cancel.raised()) {
    grpc::ClientContext context;
    // Not a loop of failing calls: the channel makes progress only while some call waits on it.
    context.set_wait_for_ready(patient);
    const Cancel::State::Call call(*cancel.state_, context);
    stream::v1::ListReply reply;
    const bool listed = stub_->streams->List(&context, {}, &reply).ok();
    if (listed || !patient) return {reply.streams().begin(), reply.streams().end()};
  }
  return {};
}

std::string Feed::read(const std::string& stream, std::int64_t after_seq, bool patient, Cancel& cancel,
                       const std::function<void(Record)>& on_record) {
  grpc::ClientContext context;
  context.set_wait_for_ready(patient);
  const Cancel::State::Call call(*cancel.state_, context);
  stream::v1::ReadRequest request;
  request.set_stream(stream);
  request.set_after_seq(after_seq);
  const auto reader = stub_->streams->Read(&context, request);
  stream::v1::Record record;
  while (reader->Read(&record)) {
    on_record({record.id(), record.stream(), record.seq(), record.payload(), record.digest(), record.poison()});
  }
  const grpc::Status status = reader->Finish();
  if (status.ok()) return "";
  return status.error_message().empty() ? "status " + std::to_string(status.error_code()) : status.error_message();
}

struct Effects::Stub {
  std::unique_ptr<stormproof::v1::Witness::Stub> witness;
};

Effects::Effects(const std::string& address, std::string self)
    : stub_(std::make_unique<Stub>(Stub{stormproof::v1::Witness::NewStub(connect(address))})), self_(std::move(self)) {}
Effects::~Effects() = default;

void Effects::report(const Entry& entry) {
  stormproof::v1::Effect effect;
  effect.set_id(entry.id);
  effect.set_key(entry.stream);
  effect.set_seq(entry.seq);
  effect.set_has_seq(true);
  effect.set_digest(entry.digest);
  effect.set_by(self_);
  grpc::ClientContext context;
  stormproof::v1::Reported reported;
  const grpc::Status status = stub_->witness->Report(&context, effect, &reported);
  if (!status.ok()) throw std::runtime_error("the witness did not answer: " + status.error_message());
}

struct LifecycleFeed::Stub {
  std::unique_ptr<stormproof::v1::Lifecycle::Stub> lifecycle;
};

LifecycleFeed::LifecycleFeed(const std::string& address, std::string target)
    : stub_(std::make_unique<Stub>(Stub{stormproof::v1::Lifecycle::NewStub(connect(address))})),
      target_(std::move(target)) {}
LifecycleFeed::~LifecycleFeed() = default;

void LifecycleFeed::watch(Cancel& cancel, const std::function<void(const Exit&)>& on_exit) {
  grpc::ClientContext context;
  const Cancel::State::Call call(*cancel.state_, context);
  stormproof::v1::WatchRequest request;
  request.set_target(target_);
  const auto reader = stub_->lifecycle->Watch(&context, request);
  stormproof::v1::LifecycleEvent event;
  bool before_us = true;
  while (reader->Read(&event)) {
    if (event.pid() == getpid()) before_us = false;
    if (event.type() != stormproof::v1::LifecycleEvent::EXITED) continue;
    on_exit({event.process(), event.pid(), event.reason(), before_us});
  }
  reader->Finish();
}

}  // namespace streams
