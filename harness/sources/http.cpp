/// Sends an HTTP request for each message. 2xx is ok. 4xx is fail, but for 408, 425 and 429, which a proxy may give
/// after the request went through. Everything else - 5xx, 3xx, a timeout, a connection lost after the first byte was
/// sent - is info: nobody knows. A refused connection is certain: fail; with `retries`, it is dialled again until
/// `timeout`.
#include <fmt/core.h>

#include <array>
#include <optional>

#include "harness/sources/catalog.h"
#include "harness/sources/http_client.h"
#include "harness/sources/push_params.h"
#include "harness/sources/pusher.h"
#include "harness/sources/template.h"

namespace stormproof::sources {

namespace {

struct RequestTemplate {
  std::string method;
  Template url;
  std::vector<std::pair<std::string, Template>> headers;
  Template body;

  HttpRequest render(const Message& message, const Url& rendered_url) const {
    HttpRequest request{method, rendered_url, {}, body.render(message)};
    for (const auto& [name, value] : headers) request.headers.emplace_back(name, value.render(message));
    return request;
  }
};

Attempt judge(const HttpOutcome& outcome) {
  constexpr int kRequestTimeout = 408;
  constexpr int kTooEarly = 425;
  constexpr int kTooManyRequests = 429;
  using Outcome = Attempt::Outcome;
  if (outcome.status == 0) return {outcome.maybe_seen ? Outcome::uncertain : Outcome::not_sent, outcome.trouble};
  const std::string detail = fmt::format("HTTP {}", outcome.status);
  if (outcome.status / 100 == 2) return {Outcome::done, detail};
  const bool transient =
      outcome.status == kRequestTimeout || outcome.status == kTooEarly || outcome.status == kTooManyRequests;
  if (outcome.status / 100 == 4 && !transient) return {Outcome::rejected, detail};
  return {Outcome::uncertain, detail};
}

class HttpSender final : public Sender {
 public:
  HttpSender(const RequestTemplate& request, const Params& params, const Clock& clock)
      : request_(request),
        timeout_(params.duration("timeout")),
        redial_(params.integer("retries") > 0),
        clock_(clock) {}

  Attempt send(const Message& message) override {
    const Result<Url> url = parse_url(request_.url.render(message));
    if (!url) return {Attempt::Outcome::rejected, url.error().message};  // an id that makes no URL; nothing was sent
    const HttpRequest request = request_.render(message, *url);
    const Nanos deadline = clock_.now() + timeout_;
    HttpOutcome outcome = client_.send(request, timeout_, clock_);
    while (redial_ && outcome.refused && pause_before(deadline)) {
      outcome = client_.send(request, deadline - clock_.now(), clock_);
    }
    return judge(outcome);
  }

  void cancel() override {
    client_.cancel();
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    wake_.notify_all();
  }

  void finish() override { client_.close(); }

 private:
  /// False when there is no time for another attempt.
  bool pause_before(Nanos deadline) {
    constexpr Nanos kPause = std::chrono::milliseconds(20);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kPause, [this] { return cancelled_; });
    return !cancelled_ && clock_.now() < deadline;
  }

  const RequestTemplate& request_;
  Nanos timeout_;
  bool redial_;
  const Clock& clock_;
  HttpClient client_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool cancelled_ = false;
};

/// Header names are tokens, values visible text (RFC 9110 section 5); what frames the message is ours.
Status check_header(const std::string& name, const std::string& value) {
  constexpr std::string_view kToken = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::array<std::string_view, 3> kOurs = {"content-length", "transfer-encoding", "host"};
  if (name.empty() || name.find_first_not_of(kToken) != std::string::npos) {
    return usage_error(fmt::format("'{}' cannot be the name of a header", name));
  }
  if (value.find_first_of("\r\n") != std::string::npos) {
    return usage_error(fmt::format("the header {} holds a line break", name));
  }
  std::string lower = name;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view ours : kOurs) {
    if (lower == ours) return usage_error(fmt::format("the header {} is set by the source itself", name));
  }
  return {};
}

Result<RequestTemplate> read_templates(const Params& params) {
  RequestTemplate request;
  request.method = params.text("method");
  request.url = Template(params.text("url"));
  request.body = Template(params.text("body"));
  TextMap headers = params.has("headers") ? params.map("headers") : TextMap{};
  headers.try_emplace("Content-Type", "application/json");
  for (const auto& [name, value] : headers) {
    if (Status s = check_header(name, value); !s) return s.error();
    request.headers.emplace_back(name, Template(value));
  }
  return request;
}

class Http final : public Source {
 public:
  Http(const SourceSpec& spec, const SourceContext& context) : params_(spec.params), context_(context) {}
  ~Http() override { stop(); }
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  Status prepare(std::map<std::string, std::string>& values) override {
    (void)values;
    if (Status s = check_payload(params_); !s) return s;
    const Result<RequestTemplate> request = read_templates(params_);
    return request ? Status() : Status(request.error());
  }

  Status start(const Params& params) override {
    Result<RequestTemplate> request = read_templates(params);
    if (!request) return request.error();
    request_ = *std::move(request);
    const Workload workload = workload_of(params, context_.rng);
    const Result<Url> url = parse_url(request_.url.render(workload.message(0)));
    if (!url) return url.error();
    pusher_.emplace(workload, push_options_of(params), context_.recorder, context_.clock,
                    [this, params] { return std::make_unique<HttpSender>(request_, params, context_.clock); });
    pusher_->start();
    return {};
  }

  bool finished() const override { return pusher_ && pusher_->finished(); }
  void stop() override {
    if (pusher_) pusher_->stop();
  }

 private:
  Params params_;
  SourceContext context_;
  RequestTemplate request_;
  std::optional<Pusher> pusher_;
};

constexpr std::array<std::string_view, 4> kMethods = {"POST", "PUT", "PATCH", "DELETE"};

constexpr std::array<ParamSpec, 13> kParams = {{
    {.name = "url",
     .type = ParamType::text,
     .help = "where to send, \"http://{links.api}/orders\"; may hold {id} {key} {seq}",
     .required = true},
    kMessagesParam,
    {.name = "body",
     .type = ParamType::text,
     .help = "template of the body, with {id} {key} {seq} {payload} {digest}",
     .fallback = R"({"id":"{id}","key":"{key}","seq":{seq},"payload":"{payload}"})"},
    {.name = "headers",
     .type = ParamType::text_map,
     .help = "further headers, templates too: { Idempotency-Key = \"{id}\" }"},
    {.name = "method", .type = ParamType::choice, .help = "HTTP method", .fallback = "POST", .choices = kMethods},
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

constinit const SourceKind http_kind{
    {{"http", "sends an HTTP request for each message and takes the status for its outcome", kParams},
     {},
     true,
     kMessageValues},
    [](const SourceSpec& spec, const SourceContext& context) -> std::unique_ptr<Source> {
      return std::make_unique<Http>(spec, context);
    }};

}  // namespace stormproof::sources
