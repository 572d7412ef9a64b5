/// Written units: "200ms", "64MiB", "1Mbit/s". A bare number where a unit belongs is an error.
/// parse(print(x)) == x for every value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace stormproof {

/// Units ns us ms s m h; decimals allowed ("1.5s"); never negative. The error says what is wrong in one sentence.
Result<Nanos> parse_duration(std::string_view text);
/// Units B KB MB GB KiB MiB GiB.
Result<std::uint64_t> parse_size(std::string_view text);
/// Units bit/s Kbit/s Mbit/s Gbit/s B/s KB/s MB/s KiB/s MiB/s; the value is bytes a second.
Result<std::uint64_t> parse_rate(std::string_view text);

/// Shortest exact spelling: 1500 ms -> "1500ms", 2 s -> "2s".
std::string print_duration(Nanos value);
std::string print_size(std::uint64_t bytes);
std::string print_rate(std::uint64_t bytes_per_second);

/// For people: three significant digits, "1.23s", "45.6ms".
std::string human_duration(Nanos value);

}  // namespace stormproof
