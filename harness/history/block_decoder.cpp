#include "harness/history/block_decoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "harness/base/assert.h"
#include "harness/history/event_codec.h"
#include "harness/history/packed_block.h"

namespace stormproof {

namespace {

constexpr const char* kUnknownType = "event of a type this version does not know";

std::uint64_t decode_records(const Block& block, const std::function<void(const EventView&)>& on_event,
                             const OnBlockDamage& on_damage) {
  const unsigned char* at = block.payload;
  const unsigned char* const end = at + block.size;
  Nanos previous = block.base;
  std::uint64_t delivered = 0;
  while (at != end) {
    const unsigned char* const start = at;
    EventView event;
    bool known = true;
    if (!decode_event(at, end, previous, event, known)) {
      on_damage(static_cast<std::uint64_t>(end - start), "malformed record");
      break;
    }
    if (!known) {
      on_damage(static_cast<std::uint64_t>(at - start), kUnknownType);
      continue;
    }
    ++delivered;
    on_event(event);
  }
  return delivered;
}

bool is_event(std::uint64_t type) {
  return type >= static_cast<std::uint64_t>(EventType::invoke) && type <= static_cast<std::uint64_t>(EventType::effect);
}

/// Calls on_record(word, time, id) for each event of a packed block.
template <class OnRecord>
void decode_packed(const PackedHead& head, Nanos base, const OnBlockDamage& on_damage, const OnRecord& on_record) {
  const std::size_t size = head.record_size();
  auto t = static_cast<std::uint64_t>(base.count());  // wraps where a forged time step would overflow
  for (const unsigned char* at = head.records; at != head.end; at += size) {
    const auto word = load_le<std::uint64_t>(at);
    const std::uint64_t type = word & PackedWord::kTypeMask;
    if (is_event(type)) [[likely]] {
      t += (word >> PackedWord::kElapsedShift) & PackedWord::kElapsedMask;
      on_record(word, static_cast<std::int64_t>(t), at + 8);
    } else if (type == PackedWord::kTimeStep) {
      t += word >> PackedWord::kNameShift;
    } else {
      on_damage(size, kUnknownType);
    }
  }
}

std::string_view number_text(const PackedHead& head, std::uint64_t word, std::string& to) {
  std::array<char, 24> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), head.base + (word >> PackedWord::kNumberShift));
  to.assign(head.prefix);
  to.append(digits.data(), end.ptr);
  return to;
}

bool parse_head(const Block& block, PackedHead& head, const OnBlockDamage& on_damage) {
  if (parse_packed_head(block.payload, block.size, head)) return true;
  on_damage(block.size, "malformed head of a packed block");
  return false;
}

EventView packed_view(const PackedHead& head, std::uint64_t word, std::int64_t t, std::string_view id) {
  EventView event;
  event.t = Nanos(t);
  event.type = static_cast<EventType>(word & PackedWord::kTypeMask);
  event.id = id;
  const std::size_t name = (word >> PackedWord::kNameShift) & PackedWord::kNameMask;
  if (name > 0 && name <= head.names.size()) event.by = head.names[name - 1];
  return event;
}

/// `wanted(code)` is asked before a text is made of a number.
template <class Wanted>
std::uint64_t decode_packed_views(const Block& block, const Wanted& wanted,
                                  const std::function<void(const EventView&)>& on_event,
                                  const OnBlockDamage& on_damage) {
  PackedHead head;
  if (!parse_head(block, head, on_damage)) return 0;
  std::uint64_t delivered = 0;
  std::string number;
  std::array<char, 40> text{};
  decode_packed(head, block.base, on_damage, [&](std::uint64_t word, std::int64_t t, const unsigned char* bytes) {
    std::string_view id;
    if (head.form == IdForm::number) {
      if (!wanted({head.base + (word >> PackedWord::kNumberShift), head.prefix_code})) return;
      id = number_text(head, word, number);
    } else {
      id = wide_id_text(head.form, bytes, text.data());
      if (!wanted(code_of(id))) return;
    }
    ++delivered;
    on_event(packed_view(head, word, t, id));
  });
  return delivered;
}

}  // namespace

std::uint64_t decode_block(const Block& block, const std::function<void(const EventView&)>& on_event,
                           const OnBlockDamage& on_damage) {
  return block.kind == history_format::BlockKind::packed
             ? decode_packed_views(
                   block, [](const MessageCode&) { return true; }, on_event, on_damage)
             : decode_records(block, on_event, on_damage);
}

std::uint64_t decode_block(const Block& block, const std::function<bool(const MessageCode&)>& wanted,
                           const std::function<void(const EventView&)>& on_event) {
  const OnBlockDamage known = [](std::uint64_t, const char*) {};
  if (block.kind == history_format::BlockKind::packed) return decode_packed_views(block, wanted, on_event, known);
  const auto filter = [&](const EventView& event) {
    const bool message = event.type >= EventType::invoke && event.type <= EventType::effect;
    if (message && wanted(code_of(event.id))) on_event(event);
  };
  return decode_records(block, filter, known);
}

std::uint64_t decode_block(const Block& block, Batch& batch, const OnBlockDamage& on_damage) {
  if (block.kind != history_format::BlockKind::packed) {
    return decode_records(
        block, [&](const EventView& event) { batch.add(event); }, on_damage);
  }
  PackedHead head;
  if (!parse_head(block, head, on_damage)) return 0;
  STORMPROOF_ASSERT(batch.plain.empty(), "a packed block is a batch of its own");
  batch.plain.resize(static_cast<std::size_t>(head.end - head.records) / head.record_size());
  PlainEvent* to = batch.plain.data();
  if (head.form == IdForm::number) {
    // The number is the upper half of the word.
    std::uint64_t lowest = UINT64_MAX;
    std::uint64_t highest = 0;
    decode_packed(head, block.base, on_damage, [&](std::uint64_t word, std::int64_t t, const unsigned char*) {
      *to++ = {t, head.base + (word >> PackedWord::kNumberShift), head.prefix_code | (word & PackedWord::kTypeMask)};
      lowest = std::min(lowest, word);
      highest = std::max(highest, word);
    });
    batch.place.b = head.prefix_code;
    batch.place.lowest = head.base + (lowest >> PackedWord::kNumberShift);
    batch.place.highest = head.base + (highest >> PackedWord::kNumberShift);
  } else {
    decode_packed(head, block.base, on_damage, [&](std::uint64_t word, std::int64_t t, const unsigned char* id) {
      const MessageCode code = code_of_wide(head.form, id);
      *to++ = {t, code.a, code.b | (word & PackedWord::kTypeMask)};
    });
  }
  const auto delivered = static_cast<std::size_t>(to - batch.plain.data());
  batch.plain.resize(delivered);
  return delivered;
}

}  // namespace stormproof
