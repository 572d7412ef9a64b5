#include "harness/check/sparse_states.h"

#include <algorithm>

namespace stormproof {

namespace {
constexpr std::size_t kSmallest = 8;
constexpr std::size_t kFewest = 10'000;  // entries of a segment that say something about the rest
/// From here on segments are whole huge pages: in small ones most look-ups miss the TLB.
constexpr std::size_t kLarge = 6 * 1024 * 1024;
constexpr std::size_t kHugePage = 2 * 1024 * 1024;
}  // namespace

MessageState SparseStates::find(const MessageCode& code) const {
  const Segment& segment = segments_[code.a >> kSegmentShift];
  if (segment.homes == 0) return MessageState::unseen;
  std::uint32_t* const found = probe(segment, code.a, word_of(code.b));
  return found == nullptr ? MessageState::unseen : Entry(found).state();
}

SparseStates::Entry SparseStates::at_after_growth(Segment& segment, std::uint64_t a, std::uint32_t word) {
  while (true) {
    grow(segment);
    if (std::uint32_t* const empty = probe(segment, a, word)) return Entry(take(segment, empty, a, word));
  }
}

/// Twice as large at most, whatever is expected: what is sent early may not go on like that.
double SparseStates::growth(std::size_t used) const {
  constexpr double kBlind = 1.5;
  constexpr double kSpare = 1.03;
  if (share_ <= 0 || used < kFewest) return kBlind;
  return std::clamp(kSpare / share_, 1.25, 2.0);
}

void SparseStates::grow(Segment& segment) {
  std::size_t homes = std::max(kSmallest, segment.homes);
  Segment bigger;
  do {
    homes = static_cast<std::size_t>(static_cast<double>(homes) * growth(segment.used));
    std::size_t bytes = (homes + kTail) * sizeof(Bucket);
    if (bytes >= kLarge) bytes = (bytes + kHugePage - 1) / kHugePage * kHugePage;
    homes = bytes / sizeof(Bucket) - kTail;
    bigger.memory = ZeroedMemory(bytes, ZeroedMemory::Touch::at_once);
    bigger.homes = homes;
    bigger.used = segment.used;
    bigger.most = homes * kEntries * 78 / 100;
  } while (!copy(segment, bigger));
  bytes_ += bigger.memory.size() - segment.memory.size();
  segment = std::move(bigger);
}

/// From front to back, so that both are read and written nearly in order. False when the last ones find no room.
bool SparseStates::copy(const Segment& from, const Segment& to) {
  for (std::size_t i = 0; from.homes > 0 && i < from.homes + kTail; ++i) {
    const Bucket& bucket = buckets(from)[i];
    for (std::size_t k = 0; k < kEntries && (bucket.words[k] & 15U) != 0; ++k) {
      std::uint32_t* const place = probe(to, bucket.a[k], bucket.words[k]);
      if (place == nullptr) return false;
      a_of(place) = bucket.a[k];
      *place = bucket.words[k];
    }
  }
  return true;
}

void SparseStates::count(std::array<std::uint64_t, 16>& states) const {
  std::array<bool, 16> all{};
  all.fill(true);
  visit(all, [&](const MessageCode&, MessageState state) { ++states[static_cast<std::size_t>(state)]; });
}

}  // namespace stormproof
