/// Sends back what it gets, on any number of connections, until it is destroyed. FIN is answered with FIN once all was
/// echoed.
#pragma once

#include <string>
#include <thread>

#include "harness/base/fd.h"
#include "tests/support/test_socket.h"

namespace stormproof {

class EchoServer {
 public:
  explicit EchoServer(const std::string& host = {});
  ~EchoServer();
  EchoServer(const EchoServer&) = delete;
  EchoServer& operator=(const EchoServer&) = delete;
  const std::string& address() const { return listener_.address(); }

 private:
  void serve();

  TestListener listener_;
  Fd stop_;
  std::thread thread_;
};

}  // namespace stormproof
