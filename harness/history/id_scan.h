/// A quick look at JSON lines for the ids in them, several times faster than parsing.
#pragma once

#include <functional>

#include "harness/history/line_chunks.h"
#include "harness/history/message_code.h"

namespace stormproof {

/// True when an event of the chunk may have an id that is wanted; false only if none has. What is escaped cannot be
/// told at a glance: a chunk with a backslash in it may have any id.
bool may_mention(const LineChunk& chunk, const std::function<bool(const MessageCode&)>& wanted);

}  // namespace stormproof
