/// Serves stormproof.v1.Witness on a free loopback port: every report is one effect, recorded before it is answered.
/// Callback API: a stream costs no thread, so that a target may hold open as many as it likes.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <string>

#include "harness/witnesses/catalog.h"
#include "stormproof/v1/witness.grpc.pb.h"

namespace stormproof::witnesses {

namespace {

namespace proto = ::stormproof::v1;

constexpr const char* kNameless = "an effect needs an id";

class Service final : public proto::Witness::CallbackService {
 public:
  explicit Service(const WitnessContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* call, const proto::Effect* effect,
                                   proto::Reported* reported) override {
    grpc::ServerUnaryReactor* reactor = call->DefaultReactor();
    if (record(*effect)) {
      reported->set_recorded(1);
      reactor->Finish(grpc::Status::OK);
    } else {
      reactor->Finish({grpc::StatusCode::INVALID_ARGUMENT, kNameless});
    }
    return reactor;
  }

  grpc::ServerReadReactor<proto::Effect>* ReportAll(grpc::CallbackServerContext* call,
                                                    proto::Reported* reported) override {
    (void)call;
    return new Stream(*this, reported);
  }

  std::uint64_t rejected() const { return rejected_; }

 private:
  /// Lives until gRPC calls OnDone.
  class Stream final : public grpc::ServerReadReactor<proto::Effect> {
   public:
    Stream(Service& service, proto::Reported* reported) : service_(service), reported_(reported) {
      StartRead(&effect_);
    }

    void OnReadDone(bool ok) override {
      if (!ok) {
        reported_->set_recorded(recorded_);
        Finish(grpc::Status::OK);
        return;
      }
      if (!service_.record(effect_)) {
        Finish({grpc::StatusCode::INVALID_ARGUMENT, kNameless});
        return;
      }
      ++recorded_;
      StartRead(&effect_);
    }
    void OnDone() override { delete this; }

   private:
    Service& service_;
    proto::Reported* reported_;
    proto::Effect effect_;
    std::uint64_t recorded_ = 0;
  };

  bool record(const proto::Effect& effect) {
    if (effect.id().empty()) {
      ++rejected_;
      return false;
    }
    EventView event;
    event.type = EventType::effect;
    event.id = effect.id();
    event.key = effect.key();
    if (effect.has_seq()) event.seq = effect.seq();
    event.digest = effect.digest();
    event.by = effect.by().empty() ? std::string_view(context_.name) : std::string_view(effect.by());
    context_.recorder.record(event);
    return true;
  }

  const WitnessContext& context_;
  std::atomic<std::uint64_t> rejected_{0};
};

class Grpc final : public Witness {
 public:
  explicit Grpc(const WitnessContext& context) : context_(context), service_(context_) {}
  ~Grpc() override { shut_down(); }
  Grpc(const Grpc&) = delete;
  Grpc& operator=(const Grpc&) = delete;

  Result<std::string> open() override {
    // Once its last object is gone, gRPC 1.51 shuts itself down, which can wait ten seconds for a poller of its own.
    // One unmatched grpc_init keeps it until the process ends.
    static const bool kept = (grpc_init(), true);
    (void)kept;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    if (!server_ || port == 0) {
      return environment_error("witness " + context_.name + ": cannot listen on a loopback port for gRPC",
                               "see `stormproof doctor`; a sandbox may forbid listening");
    }
    return "127.0.0.1:" + std::to_string(port);
  }

  Status configure(const Params& params) override {
    (void)params;
    return {};
  }
  Status poll() override { return {}; }

  Status drain() override {
    shut_down();
    if (service_.rejected() == 0) return {};
    const std::string detail = std::to_string(service_.rejected()) + " reports without an id were rejected";
    EventView note;
    note.type = EventType::note;
    note.by = context_.name;
    note.detail = detail;
    context_.recorder.record(note);
    return {};
  }

 private:
  /// Calls that are still open after the grace belong to targets which have stopped; they are cancelled.
  void shut_down() {
    constexpr auto kGrace = std::chrono::milliseconds(200);
    if (!server_) return;
    const auto grace = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kGrace.count(), GPR_TIMESPAN));
    server_->Shutdown(grace);
    server_->Wait();
    server_.reset();
  }

  WitnessContext context_;
  Service service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

constinit const WitnessKind grpc_kind{
    {{"grpc", "a gRPC service stormproof.v1.Witness run by the harness, to which targets report each effect"}, true},
    [](const WitnessSpec& spec, const WitnessContext& context) -> std::unique_ptr<Witness> {
      (void)spec;
      return std::make_unique<Grpc>(context);
    }};

}  // namespace stormproof::witnesses
