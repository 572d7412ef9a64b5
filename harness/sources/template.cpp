#include "harness/sources/template.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "harness/base/text.h"

namespace stormproof::sources {

namespace {
const std::array<std::string, 5> kNames = {"id", "key", "seq", "payload", "digest"};
}

Result<Template> Template::parse(std::string_view text) {
  Template made;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    made.tail_ += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      made.tail_ += '$';
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) {
      made.tail_ += '$';
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) {
      return usage_error("a '${' in a template has no '}'", "write \"$$\" for a dollar sign");
    }
    const std::string name(text.substr(1, end - 1));
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) {
      const std::string near = nearest(name, kNames);
      return usage_error(fmt::format("unknown name '${{{}}}' in a template", printable(name)),
                         near.empty() ? "use ${id}, ${key}, ${seq}, ${payload} or ${digest}"
                                      : fmt::format("did you mean '${{{}}}'?", near));
    }
    made.parts_.push_back({std::move(made.tail_), static_cast<Field>(found - kNames.begin())});
    made.tail_.clear();
    text.remove_prefix(end + 1);
  }
  return made;
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
