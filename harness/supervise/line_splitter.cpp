#include "harness/supervise/line_splitter.h"

#include <algorithm>

namespace stormproof {

void LineSplitter::deliver(std::string_view line, const Sink& sink) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  sink(line);
}

void LineSplitter::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (!skipping_) {
      const std::size_t room = kMaxLine - partial_.size();
      if (end != std::string_view::npos && partial_.empty() && piece.size() <= room) {
        deliver(piece, sink);
      } else {
        partial_.append(piece.substr(0, room));
        if (piece.size() > room) {
          deliver(partial_, sink);
          partial_.clear();
          skipping_ = true;
        } else if (end != std::string_view::npos) {
          deliver(partial_, sink);
          partial_.clear();
        }
      }
    }
    if (end == std::string_view::npos) return;
    skipping_ = false;
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish(const Sink& sink) {
  if (!partial_.empty()) deliver(partial_, sink);
  partial_.clear();
  skipping_ = false;
}

}  // namespace stormproof
