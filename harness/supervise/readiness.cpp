#include "harness/supervise/readiness.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <optional>

#include "harness/model/line_regex.h"
#include "harness/supervise/grpc_health.h"

namespace stormproof {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr Nanos kFirstPause = std::chrono::milliseconds(2);
constexpr Nanos kLongestPause = std::chrono::milliseconds(50);
constexpr int kQuickAttempts = 50;
constexpr Nanos kAttemptTimeout = std::chrono::seconds(1);
constexpr Nanos kExecTimeout = std::chrono::seconds(5);
constexpr std::size_t kMaxMatchedBytes = 4096;
constexpr std::size_t kMaxStatusLine = 1024;

}  // namespace

struct ReadinessProbe::Impl : std::enable_shared_from_this<ReadinessProbe::Impl> {
  Impl(asio::io_context& io, WaitHub& wait_hub, Options given, std::function<void()> on_ready)
      : loop(io),
        hub(wait_hub),
        options(std::move(given)),
        ready(std::move(on_ready)),
        pause(io),
        deadline(io),
        socket(io) {}

  void attempt() {
    if (over) return;
    ++attempts;
    switch (options.spec.kind) {
      case ReadySpec::Kind::none: asio::post(loop, [self = shared_from_this()] { self->succeed(); }); break;
      case ReadySpec::Kind::log: break;
      case ReadySpec::Kind::exec: attempt_exec(); break;
      case ReadySpec::Kind::tcp:
      case ReadySpec::Kind::http:
      case ReadySpec::Kind::grpc: attempt_connect(); break;
    }
  }

  void succeed() {
    if (over) return;
    over = true;
    close();
    // The call may destroy the probe.
    const auto call = std::move(ready);
    call();
  }

  /// One attempt ends once; late completions of its operations carry an old number.
  void fail(std::string why) {
    if (over) return;
    trouble = std::move(why);
    close();
    Nanos wait = kFirstPause;
    for (int i = kQuickAttempts; i < attempts && wait < kLongestPause; ++i) wait = wait * 5 / 4;
    pause.expires_after(std::min(wait, kLongestPause));
    pause.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
      if (!failure) self->attempt();
    });
  }

  void close() {
    boost::system::error_code ignored;
    deadline.cancel();
    socket.close(ignored);
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(options.port); }

  template <class Handler>
  auto guarded(Handler handler) {
    return [self = shared_from_this(), number = attempts, handler](const boost::system::error_code& failure,
                                                                   std::size_t bytes = 0) {
      if (self->over || self->attempts != number || !self->socket.is_open()) return;
      if (failure) {
        self->fail(self->address() + ": " + failure.message());
        return;
      }
      handler(*self, bytes);
    };
  }

  void attempt_connect() {
    deadline.expires_after(kAttemptTimeout);
    deadline.async_wait([self = shared_from_this(), number = attempts](const boost::system::error_code& failure) {
      if (!failure && self->attempts == number) self->fail(self->address() + ": no answer within 1s");
    });
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(options.port));
    socket.async_connect(endpoint, [handler = guarded([](Impl& self, std::size_t) { self.connected(); })](
                                       const boost::system::error_code& failure) { handler(failure); });
  }

  void connected() {
    boost::system::error_code failure;
    // On loopback a connect to a closed port can meet itself (simultaneous open) when the port is ephemeral.
    const auto local = socket.local_endpoint(failure);
    if (!failure && local == socket.remote_endpoint(failure)) return fail(address() + ": connected to itself");
    switch (options.spec.kind) {
      case ReadySpec::Kind::http:
        request = "GET " + options.spec.path + " HTTP/1.1\r\nHost: " + address() + "\r\nConnection: close\r\n\r\n";
        break;
      case ReadySpec::Kind::grpc: request = grpc_health_request(address(), options.spec.service); break;
      default: return succeed();
    }
    reply.clear();
    health = {};
    asio::async_write(socket, asio::buffer(request), guarded([](Impl& self, std::size_t) { self.read_reply(); }));
  }

  void read_reply() {
    socket.async_read_some(asio::buffer(chunk), guarded([](Impl& self, std::size_t bytes) {
                             const std::string_view text(self.chunk, bytes);
                             if (self.options.spec.kind == ReadySpec::Kind::http) return self.take_http(text);
                             self.take_grpc(text);
                           }));
  }

  void take_http(std::string_view text) {
    reply.append(text);
    const auto end = reply.find("\r\n");
    if (end == std::string::npos) {
      if (reply.size() > kMaxStatusLine) return fail(address() + ": not an HTTP answer");
      return read_reply();
    }
    const std::string line = reply.substr(0, end);
    const auto space = line.find(' ');
    const char status =
        line.rfind("HTTP/", 0) == 0 && space != std::string::npos && space + 1 < line.size() ? line[space + 1] : '?';
    if (status == '2' || status == '3') return succeed();
    fail("GET " + options.spec.path + " on " + address() + ": " + line.substr(0, 100));
  }

  void take_grpc(std::string_view bytes) {
    switch (health.feed(bytes)) {
      case GrpcHealthReply::State::incomplete: return read_reply();
      case GrpcHealthReply::State::serving: return succeed();
      case GrpcHealthReply::State::not_serving: return fail(address() + ": the gRPC health service says NOT_SERVING");
      case GrpcHealthReply::State::refused:
        return fail(address() + ": no gRPC health status in the answer; does the server offer grpc.health.v1.Health?");
    }
  }

  void attempt_exec() {
    SpawnRequest probe = options.process;
    probe.argv = options.spec.argv;
    auto spawned = spawn(probe);
    if (!spawned) return fail(spawned.error().message);
    exec_pid = spawned->pid;
    hub.watch(exec_pid, std::move(spawned->pidfd), [self = shared_from_this()](const WaitStatus& status) {
      self->exec_pid = 0;
      if (self->over) return;
      self->deadline.cancel();
      if (!status.signalled() && status.code == 0) return self->succeed();
      self->fail("the readiness command " + self->options.spec.argv[0] +
                 (status.signalled() ? " died by signal " + std::to_string(status.signal)
                                     : " exited with " + std::to_string(status.code)));
    });
    deadline.expires_after(kExecTimeout);
    deadline.async_wait([self = shared_from_this(), pid = exec_pid](const boost::system::error_code& failure) {
      if (!failure && self->exec_pid == pid) ::kill(-pid, SIGKILL);
    });
  }

  asio::io_context& loop;
  WaitHub& hub;
  Options options;
  std::function<void()> ready;
  asio::steady_timer pause;
  asio::steady_timer deadline;
  tcp::socket socket;
  std::optional<std::regex> pattern;
  GrpcHealthReply health;
  std::string request;
  std::string reply;
  char chunk[4096];
  std::string trouble;
  int attempts = 0;
  pid_t exec_pid = 0;
  bool over = false;
};

ReadinessProbe::ReadinessProbe(asio::io_context& loop, WaitHub& hub, Options options, std::function<void()> ready)
    : impl_(std::make_shared<Impl>(loop, hub, std::move(options), std::move(ready))) {
  if (impl_->options.spec.kind == ReadySpec::Kind::log) impl_->pattern.emplace(impl_->options.spec.pattern, kLineRegex);
}

ReadinessProbe::~ReadinessProbe() {
  impl_->over = true;
  impl_->close();
  impl_->pause.cancel();
  if (impl_->exec_pid > 0) ::kill(-impl_->exec_pid, SIGKILL);
}

void ReadinessProbe::start() { impl_->attempt(); }

void ReadinessProbe::on_line(std::string_view line) {
  if (!impl_->pattern || impl_->over) return;
  const std::string_view head = line.substr(0, kMaxMatchedBytes);
  if (std::regex_search(head.begin(), head.end(), *impl_->pattern)) impl_->succeed();
}

std::string ReadinessProbe::trouble() const {
  if (impl_->options.spec.kind == ReadySpec::Kind::log) {
    return "no line of its output matched " + impl_->options.spec.pattern;
  }
  return impl_->trouble;
}

}  // namespace stormproof
