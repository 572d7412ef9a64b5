/// Plain lists of ids, one a line: what was sent (each an invoke and an ok; its line's number is its sequence), or what
/// was received (each an effect). Blank lines are skipped, white space around an id does not belong to it.
#pragma once

#include "harness/foreign/line_source.h"

namespace stormproof {

enum class IdListRole { sent, received };

class IdList final : public LineSource {
 public:
  IdList(ByteWindow in, std::string name, IdListRole role) : LineSource(std::move(in), std::move(name)), role_(role) {}

 protected:
  std::string parse(std::string_view line, Yield& out) override;

 private:
  IdListRole role_;
  std::int64_t place_ = 0;
};

}  // namespace stormproof
