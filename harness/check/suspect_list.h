/// The messages whose events are wanted a second time, for evidence.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

#include "harness/check/message_states.h"
#include "harness/history/batch.h"

namespace stormproof {

class SuspectList {
 public:
  /// `codes` as MessageStates::table_code has them.
  explicit SuspectList(std::vector<MessageCode> codes);

  struct Hash {
    std::size_t operator()(const MessageCode& code) const { return spread(code.a ^ spread(code.b)); }
  };

  bool has(const MessageCode& table_code) const { return maybe(table_code) && codes_.count(table_code) > 0; }
  /// Quick, and wrongly true now and then.
  bool maybe(const MessageCode& table_code) const {
    const std::uint64_t bit = bit_of(table_code);
    return ((bits_[bit >> 6U] >> (bit & 63U)) & 1U) != 0;
  }
  /// One of the numbers in [lowest, highest] behind the prefix `b` is among them.
  bool any_between(std::uint64_t b, std::uint64_t lowest, std::uint64_t highest) const;
  bool empty() const { return sorted_.empty(); }
  std::size_t size() const { return codes_.size(); }

 private:
  static constexpr unsigned kBits = 16;
  static std::uint64_t bit_of(const MessageCode& code) {
    return ((code.a ^ (code.b >> 7U)) * 0x9E3779B97F4A7C15U) >> (64 - kBits);
  }

  std::vector<MessageCode> sorted_;
  std::unordered_set<MessageCode, Hash> codes_;
  std::vector<std::uint64_t> bits_;
};

}  // namespace stormproof
