/// `stormproof proxy` as a process: one proxy in front of a server, its API, and what /proc says about it.
#pragma once

#include <string>
#include <vector>

#include "tests/e2e/support/child.h"

namespace stormproof::e2e {

class ProxyUnderTest {
 public:
  explicit ProxyUnderTest(const std::string& upstream, const std::string& listen = "127.0.0.1:0");

  /// Where clients connect.
  const std::string& address() const { return address_; }
  int port() const;
  int api_port() const { return api_port_; }
  pid_t pid() const { return child_.pid(); }
  void kill();

  struct Reply {
    int status = 0;  ///< 0: no answer
    std::string body;
  };
  /// One API call on a connection of its own.
  Reply call(const std::string& method, const std::string& path, const std::string& body = {}) const;
  /// Adds a toxic; its attributes as JSON. The test fails when it is refused.
  void add(const std::string& name, const std::string& type, const std::string& stream, const std::string& attributes,
           double toxicity = 1) const;
  void remove(const std::string& name) const;

  /// Open descriptors that are sockets.
  std::size_t sockets() const;
  /// Open descriptors that are pipes: the engine keeps some for later.
  std::size_t pipes() const;
  /// Memory of its own, in KiB. 0 under AddressSanitizer, which keeps what was freed.
  std::size_t memory() const;

 private:
  std::size_t descriptors(std::string_view kind) const;

  Child child_;
  std::string address_;
  int api_port_ = 0;
};

/// How long each part of a soak test lasts: STORMPROOF_SOAK_SECONDS, or a few seconds.
double soak_seconds();

}  // namespace stormproof::e2e
