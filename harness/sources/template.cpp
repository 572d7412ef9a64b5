#include "harness/sources/template.h"

#include <algorithm>

namespace stormproof::sources {

Template::Template(std::string_view text) {
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    tail_ += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open + 1);
    const std::string_view name = text.substr(0, text.find('}'));
    const auto* const found = std::find(kMessageValues.begin(), kMessageValues.end(), name);
    if (found == kMessageValues.end() || name.size() == text.size()) {
      tail_ += '{';
      continue;
    }
    if (tail_.ends_with('$')) tail_.pop_back();
    parts_.push_back({std::move(tail_), static_cast<Field>(found - kMessageValues.begin())});
    tail_.clear();
    text.remove_prefix(name.size() + 1);
  }
}

std::string Template::render(const Message& message) const {
  std::string out;
  for (const Part& part : parts_) {
    out += part.literal;
    switch (part.field) {
      case Field::id: out += message.id; break;
      case Field::key: out += message.key; break;
      case Field::seq: out += std::to_string(message.seq); break;
      case Field::payload: out += message.payload; break;
      case Field::digest: out += message.digest; break;
    }
  }
  return out + tail_;
}

}  // namespace stormproof::sources
