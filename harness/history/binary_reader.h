/// The binary half of read_history; apart so that a fuzzer can feed it.
#pragma once

#include <functional>

#include "harness/history/byte_window.h"
#include "harness/history/history_reader.h"

namespace stormproof {

/// True when the bytes begin a binary history, possibly with a damaged header.
bool looks_binary(const unsigned char* data, std::size_t size);

/// From the first byte of the file to its end. An error only for a later version.
Result<ReadReport> read_binary(ByteWindow& in, const std::function<void(const EventView&)>& on_event);

}  // namespace stormproof
