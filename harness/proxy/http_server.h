/// The HTTP server of the control API: one thread, any number of slow or broken clients. It shares nothing with the
/// threads that move data.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "harness/base/result.h"
#include "harness/proxy/http_message.h"

namespace stormproof {

struct HttpLimits {
  std::size_t body = std::size_t{4} << 20;
  std::uint32_t header = 16 << 10;
  std::size_t clients = 512;                ///< beyond, the client that was silent for longest is sent away
  std::chrono::milliseconds read{15'000};   ///< for the whole request, from its first byte
  std::chrono::milliseconds write{30'000};  ///< for the whole reply
  std::chrono::milliseconds idle{60'000};   ///< between requests
};

class HttpServer {
 public:
  /// Listens and serves until destroyed. `address` is "127.0.0.1:8474", "[::1]:0", ":80" or "localhost:80"; `handler`
  /// is called on the server's thread, one request at a time, and may throw. An address that is wrong is a usage
  /// error, one that cannot be had an environment error without a hint.
  static Result<std::unique_ptr<HttpServer>> start(const std::string& address,
                                                   std::function<HttpReply(const HttpRequest&)> handler,
                                                   HttpLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "127.0.0.1:8474", with the port that was drawn.
  const std::string& address() const;

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace stormproof
