/// An HTTP server on a free loopback port. POST /effects with {"id":…}, an array of those, or one a line; a body is
/// taken as a whole or not at all. With an Idempotency-Key, a repeated request gets the first one's answer and records
/// nothing: the target is credited for using it. GET /effects tells how many there were.
#include <fmt/core.h>
#include <httplib.h>

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "harness/base/rng.h"
#include "harness/model/message_json.h"
#include "harness/witnesses/catalog.h"

namespace stormproof::witnesses {

namespace {

constexpr std::size_t kThreads = 32;
constexpr std::size_t kBodyMax = std::size_t{8} << 20U;
constexpr int kOk = 200;
constexpr int kBadRequest = 400;
constexpr int kUnprocessable = 422;

class Http final : public Witness {
 public:
  explicit Http(const WitnessContext& context) : context_(context) {}
  ~Http() override { shut_down(); }
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  Result<std::string> open() override {
    set_up();
    const int port = server_.bind_to_any_port("127.0.0.1");
    if (port <= 0) {
      return environment_error("witness " + context_.name + ": cannot listen on a loopback port for HTTP",
                               "see `stormproof doctor`; a sandbox may forbid listening");
    }
    thread_ = std::thread([this] {
      server_.listen_after_bind();
      ended_ = true;
    });
    // stop() has no effect on a server that does not run yet.
    while (!server_.is_running() && !ended_) std::this_thread::yield();
    return "127.0.0.1:" + std::to_string(port);
  }

  Status configure(const Params& params) override {
    (void)params;
    return {};
  }
  Status poll() override { return {}; }

  Status drain() override {
    shut_down();
    const std::lock_guard lock(mutex_);
    if (repeated_ > 0) note(fmt::format("{} requests repeated an Idempotency-Key and were credited", repeated_));
    if (rejected_ > 0) note(fmt::format("{} malformed reports were rejected", rejected_));
    return {};
  }

 private:
  void set_up() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_tcp_nodelay(true);
    server_.set_payload_max_length(kBodyMax);
    // A thread serves one connection; an idle one must give it back soon, however many requests it may still bring.
    server_.set_keep_alive_max_count(1U << 30U);
    server_.set_keep_alive_timeout(1);
    server_.set_read_timeout(std::chrono::seconds(5));
    server_.Post("/effects", [this](const httplib::Request& request, httplib::Response& response) {
      const Answer answer = report(request.get_header_value("Idempotency-Key"), request.body);
      response.status = answer.status;
      response.set_content(answer.body, answer.status == kOk ? "application/json" : "text/plain");
    });
    server_.Get("/effects", [this](const httplib::Request&, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      response.set_content(fmt::format(R"({{"recorded":{},"repeated":{},"rejected":{}}})"
                                       "\n",
                                       recorded_, repeated_, rejected_),
                           "application/json");
    });
    server_.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (!response.body.empty()) return;
      response.set_content(explain(response.status), "text/plain");
    });
  }

  static std::string explain(int status) {
    constexpr int kNotFound = 404;
    constexpr int kTooLarge = 413;
    if (status == kNotFound) return "report effects with POST /effects\n";
    if (status == kTooLarge) return fmt::format("the body is larger than {} bytes; send several\n", kBodyMax);
    return "the request could not be read\n";
  }

  struct Answer {
    int status = kOk;
    std::string body;
  };

  Answer report(const std::string& idempotency_key, const std::string& body) {
    const Result<std::vector<Event>> effects = parse_messages(body);
    const std::lock_guard lock(mutex_);
    if (!effects) {
      ++rejected_;
      return {kBadRequest, effects.error().message + "\n"};
    }
    const std::uint64_t content = hash64(body);
    if (!idempotency_key.empty()) {
      const auto [known, added] = answered_.try_emplace(idempotency_key, Answered{content, effects->size()});
      if (!added) return answer_again(idempotency_key, known->second, content);
    }
    for (const Event& effect : *effects) {
      EventView event = effect.view();
      if (event.by.empty()) event.by = context_.name;
      context_.recorder.record(event);
    }
    recorded_ += effects->size();
    return {kOk, success(effects->size())};
  }

  struct Answered {
    std::uint64_t content;
    std::size_t recorded;
  };

  Answer answer_again(const std::string& key, const Answered& first, std::uint64_t content) {
    if (first.content != content) {
      ++rejected_;
      return {kUnprocessable, fmt::format("the Idempotency-Key '{}' was used before with another body\n", key)};
    }
    ++repeated_;
    return {kOk, success(first.recorded)};
  }

  static std::string success(std::size_t recorded) { return fmt::format("{{\"recorded\":{}}}\n", recorded); }

  void note(const std::string& detail) {
    EventView event;
    event.type = EventType::note;
    event.by = context_.name;
    event.detail = detail;
    context_.recorder.record(event);
  }

  void shut_down() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  WitnessContext context_;
  httplib::Server server_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::unordered_map<std::string, Answered> answered_;
  std::uint64_t recorded_ = 0;
  std::uint64_t repeated_ = 0;
  std::uint64_t rejected_ = 0;
};

}  // namespace

constinit const WitnessKind http_kind{
    {{"http",
      "an HTTP server run by the harness, to which targets POST /effects as JSON, with Idempotency-Key if they like"},
     true},
    [](const WitnessSpec& spec, const WitnessContext& context) -> std::unique_ptr<Witness> {
      (void)spec;
      return std::make_unique<Http>(context);
    }};

}  // namespace stormproof::witnesses
