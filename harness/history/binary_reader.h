/// The binary half of read_history; apart so that a fuzzer can feed it.
#pragma once

#include <functional>

#include "harness/history/block_decoder.h"
#include "harness/history/byte_window.h"
#include "harness/history/history_reader.h"

namespace stormproof {

/// True when the bytes begin a binary history, possibly with a damaged header.
bool looks_binary(const unsigned char* data, std::size_t size);

/// From the first byte of the file to its end. An error only for a later version.
Result<ReadReport> read_binary(ByteWindow& in, const std::function<void(const EventView&)>& on_event);

/// Called for each sound block of events, with the place of its header in the file. Returns how many it delivered.
using OnBlock = std::function<std::uint64_t(const Block& block, std::uint64_t offset, const OnBlockDamage& on_damage)>;

/// As read_binary, block by block.
Result<ReadReport> read_blocks(ByteWindow& in, const OnBlock& on_block);

/// The block whose header is at `offset`, once more; it lies in the window. False when it is no longer there.
bool block_again(ByteWindow& in, std::uint64_t offset, Block& block);

}  // namespace stormproof
