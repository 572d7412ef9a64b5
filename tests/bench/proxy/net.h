/// Sockets, clocks and processors as the proxy bench uses them: TCP on loopback, nothing that outlives the bench.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "harness/base/fd.h"

namespace stormproof::bench {

/// One measurement cannot be made; the others go on.
struct Trouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// With the text of errno.
[[noreturn]] void fail(const std::string& what);

/// A non-blocking listener on a free port of 127.0.0.1.
Fd listen_anywhere();
std::uint16_t port_of(const Fd& socket);
/// A port nobody listens on now. The next process to ask may get the same.
std::uint16_t free_port();
/// Non-blocking, TCP_NODELAY; still connecting when it returns.
Fd dial(std::uint16_t port);
/// Blocks until the connection stands.
Fd dial_and_wait(std::uint16_t port);
void watch(const Fd& epoll, int fd, std::uint32_t events, std::uint64_t token);

double monotonic_seconds();
/// CPU time of all threads of a process so far, those that ended included (its CPU clock, nanoseconds fine).
double cpu_seconds(pid_t pid);
/// RssAnon of a process in bytes: memory of its own, without the files it maps.
double anonymous_bytes(pid_t pid);
/// The calling thread: on one processor, or (-1) on all there are.
void pin(int processor);

}  // namespace stormproof::bench
