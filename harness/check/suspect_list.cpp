#include "harness/check/suspect_list.h"

#include <algorithm>

namespace stormproof {

namespace {
bool before(const MessageCode& a, const MessageCode& b) { return a.b != b.b ? a.b < b.b : a.a < b.a; }
}  // namespace

SuspectList::SuspectList(std::vector<MessageCode> codes)
    : sorted_(std::move(codes)), codes_(sorted_.begin(), sorted_.end()), bits_((std::size_t{1} << kBits) / 64) {
  std::sort(sorted_.begin(), sorted_.end(), before);
  for (const MessageCode& code : sorted_) bits_[bit_of(code) >> 6U] |= std::uint64_t{1} << (bit_of(code) & 63U);
}

bool SuspectList::any_between(std::uint64_t b, std::uint64_t lowest, std::uint64_t highest) const {
  const auto next = std::lower_bound(sorted_.begin(), sorted_.end(), MessageCode{lowest, b}, before);
  return next != sorted_.end() && next->b == b && next->a <= highest;
}

}  // namespace stormproof
