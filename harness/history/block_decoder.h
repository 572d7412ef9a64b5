/// From the payload of a sound block to its events.
#pragma once

#include <cstdint>
#include <functional>

#include "harness/history/batch.h"
#include "harness/history/history_format.h"
#include "harness/model/event.h"

namespace stormproof {

struct Block {
  history_format::BlockKind kind = history_format::BlockKind::events;  ///< `events` or `packed`
  Nanos base{};
  const unsigned char* payload = nullptr;
  std::size_t size = 0;
};

/// So many bytes of the block could not be read, and why: "malformed record".
using OnBlockDamage = std::function<void(std::uint64_t bytes, const char* what)>;

/// The texts of an event are valid during the call only. Returns how many were delivered.
std::uint64_t decode_block(const Block& block, const std::function<void(const EventView&)>& on_event,
                           const OnBlockDamage& on_damage);

/// Only the operations and effects of messages that `wanted` says; damage is passed over.
std::uint64_t decode_block(const Block& block, const std::function<bool(const MessageCode&)>& wanted,
                           const std::function<void(const EventView&)>& on_event);

/// The same as decode_block with batch.add, and several times faster for packed blocks.
std::uint64_t decode_block(const Block& block, Batch& batch, const OnBlockDamage& on_damage);

}  // namespace stormproof
