/// A pipe as a file: the fast way reads a history twice, and what it is may have to be looked up first.
#pragma once

#include <filesystem>
#include <optional>

#include "harness/base/fd.h"
#include "harness/base/result.h"

namespace stormproof {

/// A copy, in a file without a name in $TMPDIR (or /tmp), of all that comes out of a pipe.
class Spool {
 public:
  /// Reads the pipe to its end; "-" is standard input. nullopt when it is a file that can be read again, or cannot be
  /// opened: whoever reads it says why. An environment error when there is no room for the copy.
  static Result<std::optional<Spool>> of(const std::filesystem::path& path);
  /// Opens the copy; as long as the spool lives.
  std::filesystem::path path() const;

 private:
  explicit Spool(Fd file) : file_(std::move(file)) {}
  Fd file_;
};

}  // namespace stormproof
