/// Pipes through which splice(2) moves bytes from socket to socket without copying them. Taken only while bytes are in
/// one, so that idle connections need no descriptors for them.
#pragma once

#include <vector>

#include "harness/base/fd.h"

namespace stormproof {

struct Pipe {
  Fd read_end;
  Fd write_end;

  explicit operator bool() const { return read_end.valid(); }
};

/// Proxy thread only.
class PipePool {
 public:
  /// An empty pipe; one without descriptors when the process may not open more.
  Pipe take();
  /// Takes an empty pipe back.
  void give(Pipe pipe);

 private:
  std::vector<Pipe> free_;
};

}  // namespace stormproof
