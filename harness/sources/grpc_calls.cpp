#include "harness/sources/grpc_calls.h"

#include <fmt/core.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <optional>

#include "harness/base/text.h"

namespace stormproof::sources {

namespace {

gpr_timespec in(Nanos time) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(time.count(), GPR_TIMESPAN));
}

grpc::ByteBuffer to_buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

std::string to_string(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

const char* name_of(grpc::StatusCode code) {
  static constexpr std::array<const char*, 17> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto at = static_cast<std::size_t>(code);
  return at < kNames.size() ? kNames[at] : "UNKNOWN";
}

std::string describe(const grpc::Status& status) {
  constexpr std::size_t kShown = 120;
  if (status.ok()) return "OK";
  const std::string message = printable(std::string_view(status.error_message()).substr(0, kShown));
  return message.empty() ? name_of(status.error_code()) : fmt::format("{}: {}", name_of(status.error_code()), message);
}

Attempt judge(const grpc::Status& status) {
  using Outcome = Attempt::Outcome;
  switch (status.error_code()) {
    case grpc::StatusCode::OK: return {Outcome::done, "OK"};
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::NOT_FOUND:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAUTHENTICATED: return {Outcome::rejected, describe(status)};
    default: return {Outcome::uncertain, describe(status)};
  }
}

/// One call at a time with a completion queue of its own, and a cancel() that may come at any moment.
class Calls {
 public:
  ~Calls() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  grpc::CompletionQueue& queue() { return queue_; }

  /// False when cancelled for good.
  bool begin(grpc::ClientContext& context) {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return false;
    current_ = &context;
    return true;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    current_ = nullptr;
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (current_ != nullptr) current_->TryCancel();
  }
  bool cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }
  /// Waits for the one operation under way; true when it succeeded.
  bool await() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

 private:
  grpc::CompletionQueue queue_;
  mutable std::mutex mutex_;
  grpc::ClientContext* current_ = nullptr;
  bool cancelled_ = false;
};

void add_metadata(grpc::ClientContext& context, const GrpcCall& call, const Message& message) {
  for (const auto& [name, value] : call.metadata) context.AddMetadata(name, value.render(message));
}

}  // namespace

struct GrpcChannel::Impl {
  std::shared_ptr<grpc::Channel> channel;
};

GrpcChannel::GrpcChannel(const std::string& address) : impl_(std::make_unique<Impl>()) {
  constexpr int kReconnectMs = 20;
  constexpr int kReconnectMaxMs = 200;
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // every attempt must show in the history
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Once its last object is gone, gRPC 1.51 shuts itself down, which can wait ten seconds for a poller of its own. One
  // unmatched grpc_init keeps it until the process ends.
  static const bool kept = (grpc_init(), true);
  (void)kept;
  impl_->channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

GrpcChannel::~GrpcChannel() = default;

Result<std::string> GrpcChannel::reflect(const std::string& request, Nanos timeout) const {
  grpc::GenericStub stub(impl_->channel);
  grpc::Status status;
  for (const char* version : {"v1alpha", "v1"}) {
    Calls calls;
    grpc::ClientContext context;
    context.set_deadline(in(timeout));
    context.set_wait_for_ready(true);
    const auto call = stub.PrepareCall(
        &context, fmt::format("/grpc.reflection.{}.ServerReflection/ServerReflectionInfo", version), &calls.queue());
    call->StartCall(nullptr);
    grpc::ByteBuffer answer;
    bool ok = calls.await();
    if (ok) {
      call->Write(to_buffer(request), nullptr);
      ok = calls.await();
    }
    if (ok) {
      call->Read(&answer, nullptr);
      ok = calls.await();
    }
    if (ok) {
      context.TryCancel();
      call->Finish(&status, nullptr);
      calls.await();
      return to_string(answer);
    }
    call->Finish(&status, nullptr);
    calls.await();
    if (status.error_code() != grpc::StatusCode::UNIMPLEMENTED) break;
  }
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return usage_error("the server has no reflection service",
                       "give the source a `descriptor_set`, or add reflection to the server");
  }
  return environment_error("the server's reflection service did not answer: " + describe(status),
                           "give the source a `descriptor_set`, or look into the target's log");
}

namespace {

class UnarySender final : public Sender {
 public:
  UnarySender(const GrpcChannel& channel, const GrpcMethod& method, const GrpcCall& call)
      : stub_(channel.impl().channel), method_(method), call_(call) {}

  Attempt send(const Message& message) override {
    const Result<std::string> request = method_.encode(call_.body.render(message));
    if (!request) return {Attempt::Outcome::rejected, request.error().message};  // nothing was sent
    grpc::ClientContext context;
    context.set_deadline(in(call_.timeout));
    context.set_wait_for_ready(call_.wait_for_server);
    add_metadata(context, call_, message);
    if (!calls_.begin(context)) return {Attempt::Outcome::not_sent, "stopped by the harness"};
    const auto rpc = stub_.PrepareUnaryCall(&context, method_.path(), to_buffer(*request), &calls_.queue());
    rpc->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    rpc->Finish(&reply, &status, nullptr);
    calls_.await();
    calls_.end();
    return judge(status);
  }

  void cancel() override { calls_.cancel(); }

 private:
  grpc::GenericStub stub_;
  const GrpcMethod& method_;
  const GrpcCall& call_;
  Calls calls_;
};

}  // namespace

std::unique_ptr<Sender> make_unary_sender(const GrpcChannel& channel, const GrpcMethod& method, const GrpcCall& call) {
  return std::make_unique<UnarySender>(channel, method, call);
}

/// One thread with one stream at a time.
class StreamPusher::Lane {
 public:
  Lane(const Workload& workload, const Options& options, const GrpcChannel& channel, const GrpcMethod& method,
       const GrpcCall& call, Recorder& recorder, const Clock& clock, std::uint64_t number, std::uint64_t lanes)
      : workload_(workload),
        options_(options),
        stub_(channel.impl().channel),
        method_(method),
        call_(call),
        recorder_(recorder),
        clock_(clock),
        number_(number),
        lanes_(lanes),
        next_(number),
        interval_(options.push.rate == 0 ? Nanos{}
                                         : Nanos(std::chrono::seconds(1)) * static_cast<std::int64_t>(lanes) /
                                               static_cast<std::int64_t>(options.push.rate)) {
    skip_foreign();
  }
  ~Lane() { stop(); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  bool finished() const { return finished_; }
  void stop() {
    calls_.cancel();
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  struct Sent {
    Message message;
    std::uint64_t attempts = 0;
  };
  enum class Tag : std::intptr_t { start = 1, write, read, writes_done, finish };
  static void* as_tag(Tag tag) { return reinterpret_cast<void*>(static_cast<std::intptr_t>(tag)); }

  /// Moves next_ to a message whose key belongs to this lane.
  void skip_foreign() {
    while (next_ < workload_.count() && (next_ % workload_.keys()) % lanes_ != number_) ++next_;
  }
  bool anything_left() const { return !again_.empty() || next_ < workload_.count(); }

  Sent take() {
    if (!again_.empty()) {
      Sent sent = std::move(again_.front());
      again_.pop_front();
      return sent;
    }
    Sent sent{workload_.message(next_++), 0};
    skip_foreign();
    recorder_.record(sent.message.event(EventType::invoke));
    return sent;
  }

  void run() {
    while (anything_left() && !calls_.cancelled()) {
      const grpc::Status status = run_stream();
      settle(status);
      if (!status.ok() && anything_left() && !pause()) break;
    }
    for (const Sent& sent : again_) record_end(sent, EventType::info, "stopped by the harness");
    finished_ = true;
  }

  bool pause() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, options_.push.backoff, [this] { return stopping_; });
    return !stopping_;
  }

  /// State of the stream under way.
  struct Stream {
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
    grpc::ByteBuffer reply;
    bool started = false;
    bool writing = false;  ///< a write, or the end of writes, is under way
    bool reading = false;
    bool write_failed = false;
    bool closed = false;  ///< the end of writes was asked for
    bool ended = false;   ///< nothing more to read
    std::uint64_t written = 0;
    Nanos progress{};  ///< when something last happened
  };

  grpc::Status run_stream() {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);  // no message is begun before there is somebody to send it to
    add_metadata(context, call_, workload_.message(std::min(next_, workload_.count() - 1)));
    if (!calls_.begin(context)) return {grpc::StatusCode::CANCELLED, "stopped by the harness"};
    Stream stream;
    stream.call = stub_.PrepareCall(&context, method_.path(), &calls_.queue());
    stream.call->StartCall(as_tag(Tag::start));
    stream.progress = clock_.now();
    while (!(stream.ended && !stream.writing)) {
      if (stream.started) act(stream);
      step(stream, context);
    }
    grpc::Status status;
    stream.call->Finish(&status, as_tag(Tag::finish));
    calls_.await();
    calls_.end();
    taken_in_stream_ = stream.written;
    if (status.ok() && !stream.closed) return {grpc::StatusCode::ABORTED, "the server ended the stream early"};
    return status;
  }

  /// Starts what can be started now.
  void act(Stream& stream) {
    if (!stream.reading && !stream.ended) {
      stream.call->Read(&stream.reply, as_tag(Tag::read));
      stream.reading = true;
    }
    if (stream.writing || stream.write_failed || stream.closed || stream.ended) return;
    const bool full = options_.per_stream > 0 && stream.written >= options_.per_stream;
    if (!anything_left() || full) {
      stream.closed = stream.writing = true;
      stream.call->WritesDone(as_tag(Tag::writes_done));
      stream.progress = clock_.now();
      return;
    }
    if (interval_ > Nanos{}) {
      if (clock_.now() < due_) return;
      due_ = std::max(due_, clock_.now()) + interval_;
    }
    write_next(stream);
  }

  void write_next(Stream& stream) {
    Sent sent = take();
    const Result<std::string> request = method_.encode(call_.body.render(sent.message));
    if (!request) {
      record_end(sent, EventType::fail, request.error().message);
      return;
    }
    ++sent.attempts;
    ++stream.written;
    open_.push_back(std::move(sent));
    stream.writing = true;
    stream.progress = clock_.now();
    stream.call->Write(to_buffer(*request), as_tag(Tag::write));
  }

  /// Waits for one thing to happen: an operation, the time of the next message, or the end of patience.
  void step(Stream& stream, grpc::ClientContext& context) {
    const bool waiting = !stream.started || stream.writing || stream.closed || stream.write_failed;
    const Nanos now = clock_.now();
    const Nanos until = waiting ? stream.progress + call_.timeout : due_;
    if (waiting && now >= until) {
      context.TryCancel();
      stream.progress = now;
    }
    void* tag = nullptr;
    bool ok = false;
    const auto got = calls_.queue().AsyncNext(&tag, &ok, in(std::max(until - now, Nanos{})));
    if (got == grpc::CompletionQueue::GOT_EVENT)
      handle(stream, static_cast<Tag>(reinterpret_cast<std::intptr_t>(tag)), ok);
  }

  void handle(Stream& stream, Tag tag, bool ok) {
    stream.progress = clock_.now();
    switch (tag) {
      case Tag::start:
        stream.started = ok;
        stream.ended = !ok;
        break;
      case Tag::write:
        stream.writing = false;
        stream.write_failed = !ok;
        break;
      case Tag::writes_done: stream.writing = false; break;
      case Tag::read:
        stream.reading = false;
        stream.ended = !ok;
        if (ok && method_.server_streaming() && !open_.empty()) {
          record_end(open_.front(), EventType::ok, "reply");
          open_.pop_front();
        }
        break;
      case Tag::finish: break;
    }
  }

  /// Outcomes for what the stream left open.
  void settle(const grpc::Status& status) {
    if (status.ok()) {
      for (const Sent& sent : open_) record_end(sent, EventType::ok, "OK");
      open_.clear();
      return;
    }
    if (taken_in_stream_ == 0 && judge(status).outcome == Attempt::Outcome::rejected && anything_left()) {
      // A server that turns every stream away would be asked for ever.
      record_end(take(), EventType::fail, describe(status));
      return;
    }
    std::deque<Sent> again;
    for (Sent& sent : open_) {
      if (sent.attempts <= options_.push.retries && !calls_.cancelled()) {
        again.push_back(std::move(sent));
      } else {
        record_end(sent, EventType::info, describe(status));
      }
    }
    open_.clear();
    again_.insert(again_.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
  }

  void record_end(const Sent& sent, EventType type, const std::string& detail) {
    // An earlier attempt may have arrived, whatever became of the last.
    const EventType honest = type == EventType::fail && sent.attempts > 0 ? EventType::info : type;
    recorder_.record(sent.message.event(honest, detail));
  }

  Workload workload_;
  Options options_;
  grpc::GenericStub stub_;
  const GrpcMethod& method_;
  const GrpcCall& call_;
  Recorder& recorder_;
  const Clock& clock_;
  std::uint64_t number_, lanes_;
  std::uint64_t next_;
  std::deque<Sent> again_;  ///< to be sent again, before next_
  std::deque<Sent> open_;   ///< written in this stream, not acknowledged
  std::uint64_t taken_in_stream_ = 0;
  Nanos interval_;
  Nanos due_{};
  Calls calls_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::atomic<bool> finished_{false};
  std::thread thread_;
};

StreamPusher::StreamPusher(const Workload& workload, const Options& options, const GrpcChannel& channel,
                           const GrpcMethod& method, const GrpcCall& call, Recorder& recorder, const Clock& clock) {
  const std::uint64_t lanes = std::min({options.push.concurrency, workload.keys(), workload.count()});
  for (std::uint64_t number = 0; number < lanes; ++number) {
    lanes_.push_back(std::make_unique<Lane>(workload, options, channel, method, call, recorder, clock, number, lanes));
  }
}

StreamPusher::~StreamPusher() { stop(); }

void StreamPusher::start() {
  for (const auto& lane : lanes_) lane->start();
}

bool StreamPusher::finished() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->finished(); });
}

void StreamPusher::stop() {
  for (const auto& lane : lanes_) lane->stop();
}

}  // namespace stormproof::sources
