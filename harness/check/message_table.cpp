#include "harness/check/message_table.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <functional>

#include "harness/base/assert.h"
#include "harness/base/rng.h"

namespace stormproof {

namespace {
constexpr std::size_t kArenaChunk = 256 * 1024;
std::uint64_t hash_of(std::string_view id) { return std::hash<std::string_view>{}(id); }
}  // namespace

std::uint64_t digest_number(std::string_view digest) {
  std::uint64_t value = 0;
  if (digest.size() == 16) {
    const auto parsed = std::from_chars(digest.data(), digest.data() + digest.size(), value, 16);
    if (parsed.ec == std::errc() && parsed.ptr == digest.data() + digest.size()) return value;
  }
  return hash64(digest);
}

MessageTable::MessageTable() : slots_(1024) {}

std::size_t MessageTable::probe(std::string_view id, std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  std::size_t at = hash & mask;
  while (slots_[at].index != kNone && (slots_[at].tag != tag || messages_[slots_[at].index].id() != id)) {
    at = (at + 1) & mask;
  }
  return at;
}

std::uint32_t MessageTable::find(std::string_view id) const {
  if (const auto number = NumberIndex::key_of(id)) {
    const std::uint32_t index = numbers_.find(*number);
    if (index != kNone || !spilled_) return index;
  }
  return slots_[probe(id, hash_of(id))].index;
}

std::uint32_t MessageTable::intern(std::string_view id) {
  const auto number = NumberIndex::key_of(id);
  if (!number) return intern_hashed(id);
  std::uint32_t* const place = numbers_.place(*number, messages_.size());
  spilled_ = spilled_ || place == nullptr;
  if (place == nullptr || (*place == kNone && spilled_)) {
    const std::uint32_t index = intern_hashed(id);
    if (place != nullptr) *place = index;
    return index;
  }
  if (*place == kNone) *place = add(id);
  return *place;
}

std::uint32_t MessageTable::intern_hashed(std::string_view id) {
  const std::uint64_t hash = hash_of(id);
  std::size_t at = probe(id, hash);
  if (slots_[at].index != kNone) return slots_[at].index;
  if ((hashed_ + 1) * 10 > slots_.size() * 7) {
    grow();
    at = probe(id, hash);
  }
  ++hashed_;
  const std::uint32_t index = add(id);
  slots_[at] = {index, static_cast<std::uint32_t>(hash >> 32U)};
  return index;
}

std::uint32_t MessageTable::add(std::string_view id) {
  STORMPROOF_ASSERT(messages_.size() < kNone, "more messages than a 32-bit index can name");
  const auto index = static_cast<std::uint32_t>(messages_.size());
  Message& message = messages_.emplace_back();
  message.id_data = keep(id);
  message.id_size = static_cast<std::uint32_t>(id.size());
  return index;
}

void MessageTable::grow() {
  std::vector<Slot> bigger(slots_.size() * 2);
  const std::size_t mask = bigger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.index == kNone) continue;
    std::size_t at = hash_of(messages_[slot.index].id()) & mask;
    while (bigger[at].index != kNone) at = (at + 1) & mask;
    bigger[at] = slot;
  }
  slots_ = std::move(bigger);
}

std::size_t MessageTable::bytes() const {
  const std::size_t entries = messages_.capacity() * (messages_.size() == messages_.capacity() ? 3 : 1);
  return numbers_.bytes() + entries * sizeof(Message) + slots_.size() * sizeof(Slot) + arena_.size() * kArenaChunk;
}

const char* MessageTable::keep(std::string_view id) {
  if (id.size() > arena_left_) {
    const std::size_t size = std::max(kArenaChunk, id.size());
    arena_.push_back(std::make_unique<char[]>(size));
    arena_at_ = arena_.back().get();
    arena_left_ = size;
  }
  char* const kept = arena_at_;
  if (!id.empty()) std::memcpy(kept, id.data(), id.size());
  arena_at_ += id.size();
  arena_left_ -= id.size();
  return kept;
}

std::uint32_t MessageTable::copies_at(std::uint32_t index, std::uint16_t surface) const {
  const Message& message = messages_[index];
  if (message.effects == 0) return 0;
  if (message.home == surface) return message.home_copies;
  const auto found = away_copies_.find((std::uint64_t{index} << 16U) | surface);
  return found == away_copies_.end() ? 0 : found->second;
}

void MessageTable::add_copy(std::uint32_t index, std::uint16_t surface) {
  Message& message = messages_[index];
  if (message.effects == 0) message.home = surface;
  ++message.effects;
  const std::uint32_t copies =
      message.home == surface ? ++message.home_copies : ++away_copies_[(std::uint64_t{index} << 16U) | surface];
  message.copies = std::max(message.copies, copies);
}

}  // namespace stormproof
