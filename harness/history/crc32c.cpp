#include "harness/history/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace stormproof {

namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
    table[i] = value;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)

/// Three lanes at a time: the instruction takes three cycles, and one can begin in each.
constexpr std::size_t kLane = 1024;

/// What a lane of zeros makes of the state before it. Linear, so a table for each byte of the state.
class LaneShift {
 public:
  LaneShift() {
    for (unsigned bit = 0; bit < 32; ++bit) {
      std::uint32_t state = std::uint32_t{1} << bit;
      for (std::size_t i = 0; i < kLane; ++i) state = (state >> 8U) ^ kTable[state & 0xFFU];
      auto& table = tables_[bit / 8];
      const std::size_t value = std::size_t{1} << (bit % 8);
      for (std::size_t below = 0; below < value; ++below) table[value + below] = table[below] ^ state;
    }
  }
  std::uint32_t operator()(std::uint64_t state) const {
    return tables_[0][state & 0xFFU] ^ tables_[1][(state >> 8U) & 0xFFU] ^ tables_[2][(state >> 16U) & 0xFFU] ^
           tables_[3][(state >> 24U) & 0xFFU];
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 4> tables_{};
};

std::uint64_t word_at(const unsigned char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, 8);
  return word;
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(const void* data, std::size_t size) {
  static const LaneShift kShift;
  const auto* at = static_cast<const unsigned char*>(data);
  std::uint64_t crc = 0xFFFFFFFFU;
  for (; size >= 3 * kLane; size -= 3 * kLane, at += 3 * kLane) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kLane; i += 8) {
      crc = _mm_crc32_u64(crc, word_at(at + i));
      second = _mm_crc32_u64(second, word_at(at + kLane + i));
      third = _mm_crc32_u64(third, word_at(at + 2 * kLane + i));
    }
    crc = kShift(kShift(crc) ^ second) ^ third;
  }
  for (; size >= 8; size -= 8, at += 8) crc = _mm_crc32_u64(crc, word_at(at));
  auto crc32 = static_cast<std::uint32_t>(crc);
  for (; size > 0; --size, ++at) crc32 = _mm_crc32_u8(crc32, *at);
  return ~crc32;
}

#endif

}  // namespace

std::uint32_t crc32c_portable(const void* data, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(data);
  std::uint32_t crc = 0xFFFFFFFFU;
  for (; size > 0; --size, ++at) crc = (crc >> 8U) ^ kTable[(crc ^ *at) & 0xFFU];
  return ~crc;
}

std::uint32_t crc32c(const void* data, std::size_t size) {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) return crc32c_sse42(data, size);
#endif
  return crc32c_portable(data, size);
}

}  // namespace stormproof
