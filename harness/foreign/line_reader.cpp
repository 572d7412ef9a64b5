#include "harness/foreign/line_reader.h"

#include <cstring>

namespace stormproof {

bool LineReader::next(Line& line) {
  in_.consume(done_);
  done_ = 0;
  line = {};
  std::size_t wanted = 4096;
  while (true) {
    const std::size_t have = in_.fill(wanted);
    if (have == 0) return false;
    const auto* const data = reinterpret_cast<const char*>(in_.data());
    const void* const end = std::memchr(data, '\n', have);
    if (end == nullptr && have >= wanted && have <= kLongest) {
      wanted = have * 2;
      continue;
    }
    ++number_;
    if (end == nullptr && have > kLongest) {
      skip_long(line);
      return true;
    }
    const std::size_t size = end == nullptr ? have : static_cast<std::size_t>(static_cast<const char*>(end) - data);
    line.text = {data, size};
    line.terminated = end != nullptr;
    line.bytes = done_ = size + (end == nullptr ? 0 : 1);
    if (number_ == 1 && line.text.substr(0, 3) == "\xEF\xBB\xBF") line.text.remove_prefix(3);
    if (!line.text.empty() && line.text.back() == '\r') line.text.remove_suffix(1);
    return true;
  }
}

void LineReader::skip_long(Line& line) {
  line.too_long = true;
  bool ended = false;
  while (!ended && in_.fill(1) > 0) {
    const void* const end = std::memchr(in_.data(), '\n', in_.size());
    ended = end != nullptr;
    const std::size_t count =
        ended ? static_cast<std::size_t>(static_cast<const unsigned char*>(end) - in_.data()) + 1 : in_.size();
    in_.consume(count);
    line.bytes += count;
  }
  line.terminated = ended;
}

}  // namespace stormproof
