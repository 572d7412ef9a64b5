/// Texts with ${id} ${key} ${seq} ${payload} ${digest}, filled in for each message. Written with a dollar sign, because
/// a scenario's own placeholders are {name} without one. "$$" is a dollar sign; a single one before anything but "{"
/// stays as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/sources/workload.h"

namespace stormproof::sources {

class Template {
 public:
  /// An unknown name, or a "${" without "}", is a usage error that names the right ones.
  static Result<Template> parse(std::string_view text);
  std::string render(const Message& message) const;

 private:
  enum class Field { id, key, seq, payload, digest };
  struct Part {
    std::string literal;  ///< stands before the field
    Field field;
  };
  std::vector<Part> parts_;
  std::string tail_;
};

}  // namespace stormproof::sources
