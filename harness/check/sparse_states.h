/// States of messages whose ids are no neighbours: 12 bytes an entry, 92 bits of them the id's code (two of 10^9 ids
/// share one with a chance of 10^-10). Open addressing in buckets of a cache line, so that most searches end in the
/// line that was prefetched. Segments grow one after the other: by a half, with at most 25 bytes a message in use; or,
/// where it is known how much of the history is still to come, to what that will need, and twice at most (33 bytes when
/// far fewer messages come than expected).
#pragma once

#include <array>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "harness/check/message_state.h"
#include "harness/check/zeroed_memory.h"
#include "harness/history/message_code.h"

namespace stormproof {

class SparseStates {
 public:
  /// The bits of a code's `b` that an entry holds.
  static constexpr std::uint64_t kKeptOfB = ~std::uint64_t{0} << 36U;

  /// A place in the table, valid until the next is asked for.
  class Entry {
   public:
    explicit Entry(std::uint32_t* word) : word_(word) {}
    MessageState state() const { return static_cast<MessageState>(*word_ & 15U); }
    void set(MessageState state) { *word_ = (*word_ & ~15U) | static_cast<std::uint32_t>(state); }

   private:
    std::uint32_t* word_;
  };

  /// `a` of a code must be spread over all 64 bits. The entry is new if its state is `unseen`; then the caller must set
  /// another before the next call.
  Entry at(const MessageCode& code) {
    Segment& segment = segments_[code.a >> kSegmentShift];
    const std::uint32_t word = word_of(code.b);
    if (segment.homes > 0) {
      std::uint32_t* const found = probe(segment, code.a, word);
      if (found != nullptr && (*found & 15U) != 0) return Entry(found);
      if (found != nullptr && segment.used < segment.most) return Entry(take(segment, found, code.a, word));
    }
    return at_after_growth(segment, code.a, word);
  }
  /// `unseen` when it is not there.
  MessageState find(const MessageCode& code) const;
  /// Must be inlined: gcc takes a call of a function that only prefetches for one without effect, and drops it.
  [[gnu::always_inline]] void prefetch(std::uint64_t a) const {
    const Segment& segment = segments_[a >> kSegmentShift];
    if (segment.homes > 0) __builtin_prefetch(buckets(segment) + home(segment, a), 1);
  }

  /// The entries so far come from this share of all; 0: nobody knows.
  void expect(double share) { share_ = share; }
  std::size_t bytes() const { return bytes_; }
  void count(std::array<std::uint64_t, 16>& states) const;
  /// visit(code, state) for all that `wanted` (by state) says. Of `b` the kept bits.
  template <class Visit>
  void visit(const std::array<bool, 16>& wanted, const Visit& visit) const;

 private:
  static constexpr std::size_t kSegments = 32;
  static constexpr unsigned kSegmentShift = 59;
  static constexpr std::size_t kTail = 32;  // buckets behind the last home, so that no probe wraps around
  static constexpr std::size_t kEntries = 5;

  /// Filled from the front; an empty entry ends every search. `words`: the upper 28 bits of the code's `b` and four of
  /// the state, which is 0 where the entry is empty.
  struct alignas(64) Bucket {
    std::array<std::uint32_t, kEntries> words;
    std::array<std::uint64_t, kEntries> a;
  };
  static_assert(sizeof(Bucket) == 64);

  struct Segment {
    ZeroedMemory memory;
    std::size_t homes = 0;  // buckets where searches begin
    std::size_t used = 0;
    std::size_t most = 0;  // it grows before it has more entries
  };

  static std::uint32_t word_of(std::uint64_t b) { return static_cast<std::uint32_t>(b >> 32U) & ~15U; }
  static Bucket* buckets(const Segment& segment) { return static_cast<Bucket*>(segment.memory.data()); }
  static std::size_t home(const Segment& segment, std::uint64_t a) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::size_t>((static_cast<Wide>(a << (64 - kSegmentShift)) * segment.homes) >> 64U);
  }
  /// Bits of the entries that may hold the code by their words, and of those that are empty.
  static unsigned candidates(const Bucket& bucket, std::uint32_t word) {
    const std::uint32_t last = bucket.words[kEntries - 1];
    unsigned found = ((last & 15U) == 0 || ((last ^ word) >> 4U) == 0 ? 1U : 0U) << (kEntries - 1);
#if defined(__SSE2__)
    static_assert(kEntries == 5);
    const __m128i words = _mm_load_si128(reinterpret_cast<const __m128i*>(bucket.words.data()));
    const __m128i wanted = _mm_set1_epi32(static_cast<int>(word >> 4U));
    const __m128i same = _mm_cmpeq_epi32(_mm_srli_epi32(words, 4), wanted);
    const __m128i empty = _mm_cmpeq_epi32(_mm_and_si128(words, _mm_set1_epi32(15)), _mm_setzero_si128());
    found |= static_cast<unsigned>(_mm_movemask_ps(_mm_castsi128_ps(_mm_or_si128(same, empty))));
#else
    for (std::size_t i = 0; i + 1 < kEntries; ++i) {
      const std::uint32_t there = bucket.words[i];
      found |= ((there & 15U) == 0 || ((there ^ word) >> 4U) == 0 ? 1U : 0U) << i;
    }
#endif
    return found;
  }
  /// The word of the code or the empty one where it belongs; nullptr when there is none.
  static std::uint32_t* probe(const Segment& segment, std::uint64_t a, std::uint32_t word) {
    const Bucket* const end = buckets(segment) + segment.homes + kTail;
    for (Bucket* bucket = buckets(segment) + home(segment, a); bucket != end; ++bucket) {
      // Words of 28 bits hardly ever lie.
      for (unsigned found = candidates(*bucket, word); found != 0; found &= found - 1) {
        const auto i = static_cast<std::size_t>(__builtin_ctz(found));
        if ((bucket->words[i] & 15U) == 0 || bucket->a[i] == a) return &bucket->words[i];
      }
    }
    return nullptr;
  }
  /// `a` of an entry that is known by its word.
  static std::uint64_t& a_of(std::uint32_t* word) {
    auto* const bucket = reinterpret_cast<Bucket*>(reinterpret_cast<std::uintptr_t>(word) & ~std::uintptr_t{63});
    return bucket->a[static_cast<std::size_t>(word - bucket->words.data())];
  }
  static std::uint32_t* take(Segment& segment, std::uint32_t* empty, std::uint64_t a, std::uint32_t word) {
    ++segment.used;
    a_of(empty) = a;
    *empty = word;
    return empty;
  }
  Entry at_after_growth(Segment& segment, std::uint64_t a, std::uint32_t word);
  double growth(std::size_t used) const;
  void grow(Segment& segment);
  static bool copy(const Segment& from, const Segment& to);

  std::array<Segment, kSegments> segments_;
  std::size_t bytes_ = 0;
  double share_ = 0;
};

template <class Visit>
void SparseStates::visit(const std::array<bool, 16>& wanted, const Visit& visit) const {
  for (const Segment& segment : segments_) {
    for (std::size_t i = 0; segment.homes > 0 && i < segment.homes + kTail; ++i) {
      const Bucket& bucket = buckets(segment)[i];
      for (std::size_t k = 0; k < kEntries && (bucket.words[k] & 15U) != 0; ++k) {
        const std::uint32_t word = bucket.words[k];
        if (!wanted[word & 15U]) continue;
        visit(MessageCode{bucket.a[k], std::uint64_t{word & ~15U} << 32U}, static_cast<MessageState>(word & 15U));
      }
    }
  }
}

}  // namespace stormproof
