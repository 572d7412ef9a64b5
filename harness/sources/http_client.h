/// One HTTP/1.1 connection that knows what it has sent. Written for the question a source must answer and general
/// clients do not: could the server have seen this request? Plain HTTP, no redirects, no compression.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof::sources {

struct Url {
  std::string host;
  std::string port;  ///< decimal; "80" when not written
  std::string path;  ///< with query, at least "/"

  std::string authority() const;
};

/// "http://HOST[:PORT][/PATH]"; HOST may be a name, an IPv4 address or [an IPv6 address].
Result<Url> parse_url(std::string_view text);

struct HttpRequest {
  std::string method;
  Url url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct HttpOutcome {
  int status = 0;           ///< 0: no answer
  bool maybe_seen = false;  ///< without an answer: a part of the request may have reached the server
  bool refused = false;     ///< nobody listened: ECONNREFUSED and the like, before anything was sent
  std::string trouble;      ///< without an answer: "connection refused", "timed out"
};

/// Reads a response as its bytes arrive. Pure.
class HttpResponseParser {
 public:
  /// Takes bytes up to the end of the response. An error when they are not HTTP/1.x.
  Status feed(std::string_view bytes);
  /// The server closed. True when that completes the response (a body without a length).
  bool end_of_stream();
  bool complete() const { return state_ == State::complete; }
  int status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }

 private:
  enum class State { head, body_length, chunk_size, chunk_data, chunk_end, trailers, body_to_end, complete };
  Status head_line(std::string_view line);
  Status end_of_head();
  Status line(std::string_view text);

  State state_ = State::head;
  std::string line_;
  bool first_line_ = true;
  int status_ = 0;
  bool keep_alive_ = true;
  bool chunked_ = false;
  bool has_length_ = false;
  std::uint64_t left_ = 0;  ///< of the body or chunk
};

class HttpClient {
 public:
  HttpClient();

  /// Sends and waits for the whole answer, at most `timeout`. Blocks. Reuses the connection where the server lets it.
  HttpOutcome send(const HttpRequest& request, Nanos timeout, const Clock& clock);
  /// Any thread: makes a send() that is under way, and every later one, return at once.
  void cancel();
  /// Closes the connection; the next send() makes a new one.
  void close() { socket_.reset(); }

 private:
  class Exchange;
  Fd socket_;
  std::string connected_to_;
  Fd wake_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace stormproof::sources
