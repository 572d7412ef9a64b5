/// The history as JSON lines, one event a line, for people and other tools:
///   {"t":1.204331,"type":"ok","op":"send","id":"o-17","key":"c-3","seq":17,"by":"source"}
/// Written: keys in the order t type op id key seq digest by detail, absent ones left out; `t` in seconds, exact to the
/// nanosecond; bytes that are not UTF-8 as lone surrogates \udc80..\udcff (Python's "surrogateescape"), so that every
/// event survives the round trip.
/// Read: keys in any order, unknown keys and their nested values skipped, numbers for id and key taken as their text,
/// `seq` also as text, `t` absent (then that of the line before). `op` other than "send" on an operation makes a note
/// of it: what is not a send cannot be judged as one.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "harness/history/byte_window.h"
#include "harness/history/history_reader.h"
#include "harness/history/line_chunks.h"

namespace stormproof {

/// Appends one line with its line feed.
void append_json_line(const EventView& event, std::string& out);

/// Parses one line without its line feed. `storage` keeps unescaped text; the event borrows from it and from `line`.
/// Returns "" or what is wrong, in words: "no \"type\"".
std::string parse_json_line(std::string_view line, EventView& event, std::string& storage);

/// Damaged lines are counted and the first is described with its number; the rest is delivered. A usage error when
/// there are lines and none of them is an event.
Result<ReadReport> read_json_lines(ByteWindow& in, const std::function<void(const EventView&)>& on_event);

/// Adds what was found in the next chunk; `lines`: so many were before it.
void add_chunk(const ChunkReport& chunk, std::uint64_t& lines, ReadReport& report);
/// At the end: a usage error when there are lines and none of them is an event.
Status is_a_history(const ReadReport& report);

/// Any stored history as JSON lines. Damage found on the way is written as a final note that makes the verdict unknown,
/// so that a conversion hides nothing.
Result<ReadReport> export_json_lines(const std::filesystem::path& history, std::ostream& out);

}  // namespace stormproof
