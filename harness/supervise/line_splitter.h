/// Cuts a byte stream into lines with bounded memory: a line longer than the bound is delivered in cut form, once, and
/// its rest is skipped.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace stormproof {

class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view line)>;
  static constexpr std::size_t kMaxLine = 16U << 10U;

  /// Calls `sink` for each line that is now complete, without its "\n" or "\r\n".
  void feed(std::string_view bytes, const Sink& sink);
  /// The last line may lack its end.
  void finish(const Sink& sink);

 private:
  void deliver(std::string_view line, const Sink& sink);
  std::string partial_;
  bool skipping_ = false;
};

}  // namespace stormproof
