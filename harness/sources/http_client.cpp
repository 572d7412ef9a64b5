#include "harness/sources/http_client.h"

#include <fmt/core.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "harness/base/text.h"

namespace stormproof::sources {

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == "80" ? name : name + ":" + port;
}

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return usage_error(fmt::format("'{}' is not a URL this source can use: {}", printable(text), why),
                       "write it like \"http://{links.api}/orders\"");
  };
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) return wrong("TLS is not supported");
  if (!text.starts_with(kScheme)) return wrong("it must begin with http://");
  std::string_view rest = text.substr(kScheme.size());
  const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  Url url{{}, "80", std::string(rest.substr(slash))};
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
  for (const char c : url.path) {
    if (c <= ' ' || c == '\x7f') return wrong("blanks and control characters must be written as %20 and so on");
  }
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return wrong("a '[' without ']'");
    url.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    authority.remove_prefix(colon);
  }
  if (url.host.empty()) return wrong("it names no host");
  if (url.host.find_first_of(" \t\r\n@") != std::string::npos) return wrong("the host is malformed");
  if (authority.empty()) return url;
  std::uint16_t port = 0;
  const char* const begin = authority.data() + 1;
  const char* const end = authority.data() + authority.size();
  const auto [stop, failure] = std::from_chars(begin, end, port);
  if (!authority.starts_with(':') || failure != std::errc{} || stop != end || port == 0) {
    return wrong("the port must be a number from 1 to 65535");
  }
  url.port = std::to_string(port);
  return url;
}

namespace {

bool same_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Error malformed(const char* what) { return environment_error(fmt::format("the answer is not HTTP: {}", what)); }

}  // namespace

Status HttpResponseParser::feed(std::string_view bytes) {
  constexpr std::size_t kLineMax = 65536;
  while (!bytes.empty() && state_ != State::complete) {
    if (state_ == State::body_to_end) return {};
    if (state_ == State::body_length || state_ == State::chunk_data) {
      const std::uint64_t step = std::min<std::uint64_t>(left_, bytes.size());
      left_ -= step;
      bytes.remove_prefix(step);
      if (left_ == 0) state_ = state_ == State::body_length ? State::complete : State::chunk_end;
      continue;
    }
    const std::size_t newline = bytes.find('\n');
    line_ += bytes.substr(0, newline);
    if (line_.size() > kLineMax) return malformed("a header line is too long");
    if (newline == std::string_view::npos) return {};
    bytes.remove_prefix(newline + 1);
    if (line_.ends_with('\r')) line_.pop_back();
    if (Status s = line(line_); !s) return s;
    line_.clear();
  }
  return {};
}

Status HttpResponseParser::line(std::string_view text) {
  switch (state_) {
    case State::head: return text.empty() && !first_line_ ? end_of_head() : head_line(text);
    case State::chunk_size: {
      constexpr int kHex = 16;
      const std::string_view size = trimmed(text.substr(0, text.find(';')));
      const auto [end, failure] = std::from_chars(size.data(), size.data() + size.size(), left_, kHex);
      if (failure != std::errc{} || end != size.data() + size.size()) return malformed("a chunk without a size");
      state_ = left_ == 0 ? State::trailers : State::chunk_data;
      return {};
    }
    case State::chunk_end:
      if (!text.empty()) return malformed("a chunk longer than it says");
      state_ = State::chunk_size;
      return {};
    default:
      if (text.empty()) state_ = State::complete;
      return {};
  }
}

Status HttpResponseParser::head_line(std::string_view text) {
  if (first_line_) {
    // RFC 9112 section 4: HTTP-version SP status-code SP [ reason-phrase ]
    constexpr std::size_t kVersion = 8;
    constexpr std::size_t kCodeEnd = 12;
    if (!text.starts_with("HTTP/1.") || text.size() < kCodeEnd || text[kVersion] != ' ') {
      return malformed("no status line");
    }
    const auto [end, failure] = std::from_chars(text.data() + kVersion + 1, text.data() + kCodeEnd, status_);
    if (failure != std::errc{} || end != text.data() + kCodeEnd || status_ < 100) return malformed("no status code");
    keep_alive_ = text[kVersion - 1] != '0';
    first_line_ = false;
    return {};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return malformed("a header without a colon");
  const std::string_view name = text.substr(0, colon);
  const std::string_view value = trimmed(text.substr(colon + 1));
  if (same_word(name, "content-length")) {
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), left_);
    if (failure != std::errc{} || end != value.data() + value.size()) return malformed("a length that is no number");
    has_length_ = true;
  } else if (same_word(name, "transfer-encoding")) {
    chunked_ = value.size() >= 7 && same_word(value.substr(value.size() - 7), "chunked");
  } else if (same_word(name, "connection")) {
    if (same_word(value, "close")) keep_alive_ = false;
    if (same_word(value, "keep-alive")) keep_alive_ = true;
  }
  return {};
}

Status HttpResponseParser::end_of_head() {
  constexpr int kNoContent = 204;
  constexpr int kNotModified = 304;
  if (status_ < 200) {  // 100 Continue and the like: the real answer follows
    *this = HttpResponseParser();
    return {};
  }
  if (status_ == kNoContent || status_ == kNotModified) {
    state_ = State::complete;
  } else if (chunked_) {
    state_ = State::chunk_size;
  } else if (has_length_) {
    state_ = left_ == 0 ? State::complete : State::body_length;
  } else {
    state_ = State::body_to_end;
    keep_alive_ = false;
  }
  return {};
}

bool HttpResponseParser::end_of_stream() {
  if (state_ == State::body_to_end) state_ = State::complete;
  return complete();
}

namespace {

std::string reason(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

std::string head_of(const HttpRequest& request) {
  std::string head =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.url.path, request.url.authority());
  for (const auto& [name, value] : request.headers) head += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method != "GET") {
    head += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return head + "\r\n";
}

}  // namespace

/// One request and its answer.
class HttpClient::Exchange {
 public:
  Exchange(HttpClient& client, Nanos deadline, const Clock& clock)
      : client_(client), deadline_(deadline), clock_(clock) {}

  HttpOutcome run(const HttpRequest& request) {
    const std::string to = request.url.host + " " + request.url.port;
    if (!reusable(to) && !connect(request.url)) return outcome_;
    client_.connected_to_ = to;
    if (!write_all(head_of(request) + request.body)) {
      // A server may answer and close before it has read everything.
      if (outcome_.trouble == "timed out" || client_.cancelled_) return drop();
    }
    return read_answer();
  }

 private:
  /// False when it is not connected there, or the server closed (or spoke out of turn) since the last answer.
  bool reusable(const std::string& to) {
    if (!client_.socket_ || client_.connected_to_ != to) return false;
    char byte = 0;
    return recv(client_.socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR);
  }

  HttpOutcome drop() {
    client_.socket_.reset();
    return outcome_;
  }

  bool wait_for(short events) {
    while (true) {
      const Nanos left = deadline_ - clock_.now();
      if (client_.cancelled_) return trouble("stopped by the harness");
      if (left <= Nanos{}) return trouble("timed out");
      const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
      std::array<pollfd, 2> wait{{{client_.socket_.get(), events, 0}, {client_.wake_.get(), POLLIN, 0}}};
      if (poll(wait.data(), wait.size(), static_cast<int>(std::min<std::int64_t>(ms, 60000))) < 0) continue;
      if (wait[0].revents != 0) return true;
    }
  }

  bool trouble(std::string text) {
    outcome_.trouble = std::move(text);
    return false;
  }

  bool connect(const Url& url) {
    client_.socket_.reset();
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
    if (failure != 0) return trouble(fmt::format("no address for {}: {}", url.host, gai_strerror(failure)));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, freeaddrinfo);
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
      if (connect_to(*address)) return true;
      if (client_.cancelled_ || clock_.now() >= deadline_) return false;
    }
    return false;
  }

  bool connect_to(const addrinfo& address) {
    client_.socket_ = Fd(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!client_.socket_) return trouble(reason(errno));
    const int on = 1;
    setsockopt(client_.socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int error = 0;
    if (::connect(client_.socket_.get(), address.ai_addr, address.ai_addrlen) != 0) {
      error = errno;
      if (error == EINPROGRESS) {
        if (!wait_for(POLLOUT)) {
          client_.socket_.reset();
          return false;
        }
        socklen_t size = sizeof error;
        getsockopt(client_.socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      }
    }
    if (error == 0) return true;
    client_.socket_.reset();
    outcome_.refused = true;
    return trouble(reason(error));
  }

  bool write_all(std::string_view bytes) {
    outcome_ = {};
    while (!bytes.empty()) {
      // From the first byte that the kernel accepted on, the server may have seen the request.
      const ssize_t sent = ::send(client_.socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent >= 0) {
        outcome_.maybe_seen = true;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (!wait_for(POLLOUT)) return false;
      } else if (errno != EINTR) {
        return trouble(reason(errno));
      }
    }
    return true;
  }

  HttpOutcome read_answer() {
    HttpResponseParser parser;
    std::array<char, 16384> buffer;
    while (!parser.complete()) {
      if (!wait_for(POLLIN)) return drop();
      const ssize_t got = recv(client_.socket_.get(), buffer.data(), buffer.size(), 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
      if (got < 0) {
        trouble(reason(errno));
        return drop();
      }
      if (got == 0) {
        if (parser.end_of_stream()) break;
        trouble("the server closed the connection before it had answered");
        return drop();
      }
      if (Status s = parser.feed({buffer.data(), static_cast<std::size_t>(got)}); !s) {
        trouble(s.error().message);
        return drop();
      }
    }
    if (!parser.keep_alive()) client_.socket_.reset();
    outcome_ = {.status = parser.status(), .maybe_seen = true, .refused = false, .trouble = {}};
    return outcome_;
  }

  HttpClient& client_;
  Nanos deadline_;
  const Clock& clock_;
  HttpOutcome outcome_;
};

HttpClient::HttpClient() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

HttpOutcome HttpClient::send(const HttpRequest& request, Nanos timeout, const Clock& clock) {
  return Exchange(*this, clock.now() + timeout, clock).run(request);
}

void HttpClient::cancel() {
  cancelled_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

}  // namespace stormproof::sources
