#include "harness/proxy/http_server.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <ctime>
#include <list>
#include <optional>
#include <thread>

#include "harness/base/clock.h"
#include "harness/base/log.h"
#include "harness/base/rng.h"
#include "harness/proxy/go_address.h"

namespace stormproof {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using V6Only = asio::ip::v6_only;
using boost::system::error_code;

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date() {
  const auto now = static_cast<std::time_t>(wall_seconds());
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[utc.tm_wday], utc.tm_mday, kMonths[utc.tm_mon],
                     utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/// Twenty characters, different for each request, as Toxiproxy's.
std::string request_id(Rng& rng) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::string id;
  while (id.size() < 20) id += kDigits[rng.next() % kDigits.size()];
  return id;
}

struct Shared {
  std::function<HttpReply(const HttpRequest&)> handler;
  HttpLimits limits;
  Rng ids{draw_seed()};

  HttpReply handle(const HttpRequest& request) {
    try {
      return handler(request);
    } catch (const std::exception& failure) {
      log::error(fmt::format("the API failed on {} {}: {}", request.method, request.target, failure.what()));
      return text_reply(500, "internal error");
    }
  }
};

/// One client. The operation under way keeps it alive: Beast's refer to its members until they have ended.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Gone = std::function<void(Session&)>;

  Session(Tcp::socket socket, Shared& shared, Gone gone, Gone active)
      : stream_(std::move(socket)), shared_(shared), gone_(std::move(gone)), active_(std::move(active)) {}

  void begin() {
    error_code ignored;
    stream_.socket().set_option(Tcp::no_delay(true), ignored);
    read_request();
  }
  /// Ends the operation under way, and with it the session.
  void send_away() { stream_.close(); }

 private:
  template <class Handler>
  auto bound(Handler handler) {
    return [self = shared_from_this(), handler](error_code failure, std::size_t bytes) {
      ((*self).*handler)(failure, bytes);
    };
  }

  /// Between requests a client may be idle; once a request has begun, all of it must come in time.
  void wait_for_request() {
    if (buffer_.size() > 0) return read_request();
    stream_.expires_after(shared_.limits.idle);
    stream_.async_read_some(buffer_.prepare(4096), bound(&Session::on_first_bytes));
  }
  void on_first_bytes(error_code failure, std::size_t bytes) {
    if (failure) return gone_(*this);
    buffer_.commit(bytes);
    read_request();
  }

  void read_request() {
    active_(*this);
    parser_.emplace();
    parser_->body_limit(shared_.limits.body);
    parser_->header_limit(shared_.limits.header);
    stream_.expires_after(shared_.limits.read);
    http::async_read_header(stream_, buffer_, *parser_, bound(&Session::on_header));
  }
  void on_header(error_code failure, std::size_t) {
    if (failure) return on_broken(failure);
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue") || parser_->is_done()) return read_body();
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(out_), bound(&Session::on_continue));
  }
  void on_continue(error_code failure, std::size_t) {
    if (failure) return gone_(*this);
    read_body();
  }
  void read_body() { http::async_read(stream_, buffer_, *parser_, bound(&Session::on_request)); }

  void on_request(error_code failure, std::size_t) {
    if (failure) return on_broken(failure);
    auto& message = parser_->get();
    const HttpRequest request{std::string(message.method_string()), std::string(message.target()),
                              std::string(message[http::field::user_agent]), std::move(message.body())};
    keep_ = message.keep_alive();
    reply(shared_.handle(request), request.method == "HEAD", message.version() == 10);
  }

  /// What cannot be read as a request is answered as Go answers it, and the client is sent away.
  void on_broken(error_code failure) {
    if (failure.category() != make_error_code(http::error::bad_method).category() ||
        failure == http::error::end_of_stream || failure == http::error::partial_message) {
      return gone_(*this);
    }
    keep_ = false;
    if (failure == http::error::body_limit) {
      return reply(text_reply(413, fmt::format("{{\"error\":\"bad request body: more than {} bytes\",\"status\":413}}",
                                               shared_.limits.body)),
                   false, false);
    }
    const bool header = failure == http::error::header_limit;
    const std::string text = header ? "431 Request Header Fields Too Large" : "400 Bad Request";
    reply({header ? 431 : 400, "text/plain; charset=utf-8", text, false}, false, false);
  }

  void reply(const HttpReply& reply, bool head_only, bool old_client) {
    out_ = fmt::format("HTTP/1.1 {} {}\r\n", reply.status,
                       std::string_view(http::obsolete_reason(static_cast<http::status>(reply.status))));
    if (!reply.content_type.empty()) out_ += fmt::format("Content-Type: {}\r\n", reply.content_type);
    if (reply.no_sniff) out_ += "X-Content-Type-Options: nosniff\r\n";
    out_ += fmt::format("X-Toxiproxy-Request-Id: {}\r\nDate: {}\r\n", request_id(shared_.ids), http_date());
    if (reply.status != 204) out_ += fmt::format("Content-Length: {}\r\n", reply.body.size());
    if (!keep_) out_ += "Connection: close\r\n";
    if (keep_ && old_client) out_ += "Connection: keep-alive\r\n";
    out_ += "\r\n";
    if (!head_only) out_ += reply.body;
    parser_.reset();
    stream_.expires_after(shared_.limits.write);
    asio::async_write(stream_, asio::buffer(out_), bound(&Session::on_replied));
  }
  void on_replied(error_code failure, std::size_t) {
    if (failure) return gone_(*this);
    out_ = {};
    if (keep_) return wait_for_request();
    // Closing while bytes of the client are under way would reset the connection, and the reply with it.
    error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    stream_.expires_after(shared_.limits.read);
    discard();
  }
  void discard() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(65536), bound(&Session::on_discarded));
  }
  void on_discarded(error_code failure, std::size_t) {
    if (failure) return gone_(*this);
    discard();
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  Gone gone_;
  Gone active_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string out_;
  bool keep_ = true;
};

Result<Tcp::endpoint> endpoint_of(asio::io_context& context, const std::string& address) {
  const auto resolved = resolve_listen(address);
  if (!resolved) return resolved.error();
  const auto split = split_host_port(*resolved);
  if (!split) return split.error();
  error_code failure;
  const auto numeric = asio::ip::make_address(split->host, failure);
  if (!failure) return Tcp::endpoint(numeric, split->port);
  Tcp::resolver resolver(context);
  const auto found = resolver.resolve(split->host, std::to_string(split->port), failure);
  if (failure || found.empty()) return usage_error(fmt::format("lookup {}: no such host", split->host));
  return found.begin()->endpoint();
}

std::string text_of(const Tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

}  // namespace

struct HttpServer::Parts {
  asio::io_context context{1};
  Tcp::acceptor acceptor{context};
  asio::steady_timer retry{context};
  Shared shared;
  std::list<std::shared_ptr<Session>> sessions;  ///< the one that was active last is the last
  std::string address;
  std::thread thread;

  Status listen(const std::string& wanted) {
    const auto endpoint = endpoint_of(context, wanted);
    if (!endpoint) return endpoint.error();
    error_code failure;
    acceptor.open(endpoint->protocol(), failure);
    if (!failure) acceptor.set_option(Tcp::acceptor::reuse_address(true), failure);
    if (!failure && endpoint->address().is_v6()) acceptor.set_option(V6Only(false), failure);
    if (!failure) acceptor.bind(*endpoint, failure);
    if (!failure) acceptor.listen(Tcp::acceptor::max_listen_connections, failure);
    if (failure)
      return environment_error(fmt::format("cannot listen on {}: {}", text_of(*endpoint), failure.message()));
    address = text_of(acceptor.local_endpoint());
    return Status::success();
  }

  void accept() {
    acceptor.async_accept([this](error_code failure, Tcp::socket socket) {
      if (failure == asio::error::operation_aborted) return;
      if (failure) {
        // Out of descriptors, most likely: those of the proxied connections.
        retry.expires_after(std::chrono::milliseconds(100));
        retry.async_wait([this](error_code) { accept(); });
        return;
      }
      admit(std::move(socket));
      accept();
    });
  }

  void admit(Tcp::socket socket) {
    if (sessions.size() >= shared.limits.clients) {
      sessions.front()->send_away();
      sessions.pop_front();
    }
    const auto gone = [this](Session& session) {
      sessions.remove_if([&](const auto& held) { return held.get() == &session; });
    };
    const auto active = [this](Session& session) {
      const auto held =
          std::find_if(sessions.begin(), sessions.end(), [&](const auto& s) { return s.get() == &session; });
      if (held != sessions.end()) sessions.splice(sessions.end(), sessions, held);
    };
    sessions.push_back(std::make_shared<Session>(std::move(socket), shared, gone, active));
    sessions.back()->begin();
  }
};

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() {
  parts_->context.stop();
  if (parts_->thread.joinable()) parts_->thread.join();
  parts_->sessions.clear();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const std::string& address,
                                                      std::function<HttpReply(const HttpRequest&)> handler,
                                                      HttpLimits limits) {
  auto parts = std::make_unique<Parts>();
  parts->shared.handler = std::move(handler);
  parts->shared.limits = limits;
  if (const Status listening = parts->listen(address); !listening) return listening.error();
  parts->accept();
  parts->thread = std::thread([&context = parts->context] { context.run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

const std::string& HttpServer::address() const { return parts_->address; }

}  // namespace stormproof
