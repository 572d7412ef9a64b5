/// Blocking TCP on loopback for tests. Waits are bounded by a generous time that only a failing test ever reaches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/fd.h"

namespace stormproof {

class TestSocket {
 public:
  /// What a read met at its end.
  enum class End { open, fin, reset, timeout };
  struct Read {
    std::string bytes;
    End end = End::open;
  };

  TestSocket() = default;
  explicit TestSocket(Fd fd);
  /// "127.0.0.1:4711" or "[::1]:4711". errno of a refused attempt in error(), the socket is then not valid.
  static TestSocket connect(const std::string& address);

  bool valid() const { return fd_.valid(); }
  int error() const { return error_; }
  int fd() const { return fd_.get(); }

  /// False when the peer is gone.
  bool send(std::string_view bytes);
  /// How many of the bytes the kernel takes without blocking.
  std::size_t send_what_fits(std::string_view bytes);
  /// Until `size` bytes came or the stream ended.
  Read receive(std::size_t size);
  /// Until the stream ended.
  Read receive_all();
  /// What is there now, without waiting.
  Read peek_now();
  void finish_sending();
  /// RST instead of FIN.
  void reset();
  void close();

 private:
  Fd fd_;
  int error_ = 0;
};

/// Listens on a free loopback port.
class TestListener {
 public:
  /// "" : 127.0.0.1; "[::1]" for IPv6.
  explicit TestListener(const std::string& host = {});
  const std::string& address() const { return address_; }
  TestSocket accept();
  /// Whether somebody waits to be accepted, now.
  bool pending();
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

 private:
  Fd fd_;
  std::string address_;
};

/// Open descriptors of this process.
std::size_t open_descriptors();

}  // namespace stormproof
