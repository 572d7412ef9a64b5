/// Calls a gRPC method for each message, or streams the messages to it. The method is looked up at run time. OK is ok;
/// INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, UNIMPLEMENTED, FAILED_PRECONDITION, OUT_OF_RANGE and
/// UNAUTHENTICATED are fail; every other status is info.
#include <fmt/core.h>

#include <array>
#include <optional>

#include "harness/sources/catalog.h"
#include "harness/sources/grpc_calls.h"
#include "harness/sources/push_params.h"

namespace stormproof::sources {

namespace {

Result<GrpcCall> read_call(const Params& params) {
  GrpcCall call;
  call.address = params.text("address");
  call.timeout = params.duration("timeout");
  call.wait_for_server = params.integer("retries") > 0;
  call.body = Template(params.text("body"));
  for (const auto& [name, value] : params.has("metadata") ? params.map("metadata") : TextMap{}) {
    constexpr std::string_view kKey = "abcdefghijklmnopqrstuvwxyz0123456789_-.";
    if (name.empty() || name.find_first_not_of(kKey) != std::string::npos || name.starts_with("grpc-")) {
      return usage_error(fmt::format("'{}' cannot be the name of gRPC metadata", name),
                         "lower-case letters, digits, _ - and . , not beginning with grpc-");
    }
    call.metadata.emplace_back(name, Template(value));
  }
  return call;
}

Status check_method(const std::string& text) {
  const auto name = parse_grpc_name(text);
  return name ? Status() : Status(name.error());
}

class Grpc final : public Source {
 public:
  Grpc(const SourceSpec& spec, const SourceContext& context) : params_(spec.params), context_(context) {}
  ~Grpc() override { stop(); }
  Grpc(const Grpc&) = delete;
  Grpc& operator=(const Grpc&) = delete;

  Status prepare(std::map<std::string, std::string>& values) override {
    (void)values;
    if (Status s = check_payload(params_); !s) return s;
    if (Status s = check_method(params_.text("method")); !s) return s;
    const Result<GrpcCall> call = read_call(params_);
    if (!call) return call.error();
    // A descriptor set whose place is known already is judged before anything starts.
    if (!params_.has("descriptor_set") || params_.text("descriptor_set").find('{') != std::string::npos) return {};
    const auto method = GrpcMethod::from_descriptor_set(params_.text("descriptor_set"), params_.text("method"));
    return method ? Status() : Status(method.error());
  }

  Status start(const Params& params) override {
    Result<GrpcCall> call = read_call(params);
    if (!call) return call.error();
    call_ = *std::move(call);
    channel_.emplace(call_.address);
    Result<GrpcMethod> method = find_method(params);
    if (!method) return usage_error("source grpc: " + method.error().message, method.error().hint);
    method_.emplace(*std::move(method));
    const Workload workload = workload_of(params, context_.rng);
    if (const auto body = method_->encode(call_.body.render(workload.message(0))); !body) return body.error();
    if (!method_->client_streaming() && method_->server_streaming()) {
      return usage_error(fmt::format("{} is a server stream; this source sends, it does not consume", method_->path()),
                         "use a unary, client-streaming or bidirectional method, or the source kind dataset");
    }
    push(params, workload);
    return {};
  }

  bool finished() const override { return (pusher_ && pusher_->finished()) || (streams_ && streams_->finished()); }
  void stop() override {
    if (pusher_) pusher_->stop();
    if (streams_) streams_->stop();
  }

 private:
  Result<GrpcMethod> find_method(const Params& params) const {
    if (params.has("descriptor_set")) {
      return GrpcMethod::from_descriptor_set(params.text("descriptor_set"), params.text("method"));
    }
    return GrpcMethod::from_reflection(
        [this](const std::string& request) { return channel_->reflect(request, call_.timeout); },
        params.text("method"));
  }

  void push(const Params& params, const Workload& workload) {
    const PushOptions options = push_options_of(params);
    if (method_->client_streaming()) {
      const auto per_stream = static_cast<std::uint64_t>(params.integer("per_stream"));
      streams_.emplace(workload, StreamPusher::Options{options, per_stream}, *channel_, *method_, call_,
                       context_.recorder, context_.clock);
      streams_->start();
      return;
    }
    pusher_.emplace(workload, options, context_.recorder, context_.clock,
                    [this] { return make_unary_sender(*channel_, *method_, call_); });
    pusher_->start();
  }

  Params params_;
  SourceContext context_;
  GrpcCall call_;
  std::optional<GrpcChannel> channel_;
  std::optional<GrpcMethod> method_;
  std::optional<Pusher> pusher_;  ///< these use the members above
  std::optional<StreamPusher> streams_;
};

constexpr std::array<ParamSpec, 15> kParams = {{
    {.name = "address", .type = ParamType::text, .help = "host:port, \"{links.api}\"", .required = true},
    {.name = "method",
     .type = ParamType::text,
     .help = "\"package.Service/Method\"",
     .required = true,
     .check = &check_method},
    kMessagesParam,
    {.name = "body",
     .type = ParamType::text,
     .help = "the request in protobuf's JSON mapping, with {id} {key} {seq} {payload} {digest}",
     .fallback = R"({"id":"{id}","key":"{key}","seq":{seq},"payload":"{payload}"})"},
    {.name = "metadata",
     .type = ParamType::text_map,
     .help = "sent with each call, templates too: { order-id = \"{id}\" }"},
    {.name = "descriptor_set",
     .type = ParamType::text,
     .help = "file from protoc --include_imports --descriptor_set_out; without it the server's reflection is asked"},
    {.name = "per_stream",
     .type = ParamType::integer,
     .help = "for streaming methods: messages after which a stream is finished and the next begun; 0: no limit",
     .fallback = "0",
     .low = 0,
     .high = kMessagesMax},
    kRateParam,
    kConcurrencyParam,
    kKeysParam,
    kUnorderedParam,
    kPayloadParam,
    kTimeoutParam,
    kRetriesParam,
    kBackoffParam,
}};

}  // namespace

constinit const SourceKind grpc_kind{
    {{"grpc", "calls a gRPC method for each message, or streams them to it, and takes the status for the outcome",
      kParams},
     {},
     true,
     kMessageValues},
    [](const SourceSpec& spec, const SourceContext& context) -> std::unique_ptr<Source> {
      return std::make_unique<Grpc>(spec, context);
    }};

}  // namespace stormproof::sources
