#include "harness/base/units.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "harness/base/text.h"

namespace stormproof {

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 6> kDurationUnits{
    {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
constexpr std::array<Unit, 7> kSizeUnits{
    {{"B", 1}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1024.0}, {"MiB", 1048576.0}, {"GiB", 1073741824.0}}};
constexpr std::array<Unit, 9> kRateUnits{{{"bit/s", 0.125},
                                          {"Kbit/s", 125},
                                          {"Mbit/s", 125e3},
                                          {"Gbit/s", 125e6},
                                          {"B/s", 1},
                                          {"KB/s", 1e3},
                                          {"MB/s", 1e6},
                                          {"KiB/s", 1024.0},
                                          {"MiB/s", 1048576.0}}};

Result<double> parse_quantity(std::string_view text, std::span<const Unit> units, std::string_view what,
                              std::string_view example) {
  double number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure != std::errc{} || !std::isfinite(number)) {
    return usage_error(fmt::format("'{}' is not a {}", printable(text), what),
                       fmt::format("write it like \"{}\"", example));
  }
  if (std::signbit(number)) return usage_error(fmt::format("a {} cannot be negative: '{}'", what, printable(text)));
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  std::vector<std::string> names;
  for (const Unit& unit : units) {
    if (unit.name == suffix) return number * unit.factor;
    names.emplace_back(unit.name);
  }
  if (suffix.empty()) {
    return usage_error(fmt::format("the {} '{}' lacks a unit", what, printable(text)),
                       fmt::format("one of {}, as in \"{}\"", join(names, " "), example));
  }
  const std::string near = nearest(suffix, names);
  return usage_error(
      fmt::format("unknown unit '{}' in the {} '{}'", printable(suffix), what, printable(text)),
      near.empty() ? fmt::format("use one of {}", join(names, " ")) : fmt::format("did you mean '{}'?", near));
}

constexpr double kLargest = 9.0e18;  // fits std::int64_t

/// Whole numbers are kept to the last digit, which a double would not beyond 2^53.
std::optional<std::uint64_t> parse_exact(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const Unit& unit : units) {
    if (unit.name != suffix || unit.factor < 1) continue;
    __extension__ using Wide = unsigned __int128;
    const Wide value = static_cast<Wide>(number) * static_cast<std::uint64_t>(unit.factor);
    if (value <= static_cast<Wide>(INT64_MAX)) return static_cast<std::uint64_t>(value);
  }
  return std::nullopt;
}

Result<std::uint64_t> parse_whole(std::string_view text, std::span<const Unit> units, std::string_view what,
                                  std::string_view example) {
  if (const std::optional<std::uint64_t> exact = parse_exact(text, units)) return *exact;
  const Result<double> value = parse_quantity(text, units, what, example);
  if (!value) return value.error();
  if (*value > kLargest) return usage_error(fmt::format("the {} '{}' is too large", what, printable(text)));
  return static_cast<std::uint64_t>(std::llround(*value));
}

std::string print_largest(std::uint64_t value, std::span<const std::pair<std::string_view, std::uint64_t>> units) {
  for (const auto& [name, factor] : units) {
    if (value >= factor && value % factor == 0) return fmt::format("{}{}", value / factor, name);
  }
  return fmt::format("{}{}", value, units.back().first);
}

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  const Result<std::uint64_t> value = parse_whole(text, kDurationUnits, "duration", "200ms");
  if (!value) return value.error();
  return Nanos(static_cast<std::int64_t>(*value));
}

Result<std::uint64_t> parse_size(std::string_view text) { return parse_whole(text, kSizeUnits, "size", "64MiB"); }

Result<std::uint64_t> parse_rate(std::string_view text) { return parse_whole(text, kRateUnits, "rate", "1Mbit/s"); }

std::string print_duration(Nanos value) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits{
      {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}}};
  if (value.count() == 0) return "0s";
  return print_largest(static_cast<std::uint64_t>(value.count()), kUnits);
}

std::string print_size(std::uint64_t bytes) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits{
      {{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}}};
  return print_largest(bytes, kUnits);
}

std::string print_rate(std::uint64_t bytes_per_second) {
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> kUnits{
      {{"Mbit/s", 125000}, {"Kbit/s", 125}, {"B/s", 1}}};
  return print_largest(bytes_per_second, kUnits);
}

std::string human_duration(Nanos value) {
  const auto ns = static_cast<double>(value.count());
  const double size = std::abs(ns);
  if (size < 1e3) return fmt::format("{:.0f}ns", ns);
  const auto [scaled, unit] = size < 1e6   ? std::pair{ns / 1e3, "us"}
                              : size < 1e9 ? std::pair{ns / 1e6, "ms"}
                                           : std::pair{ns / 1e9, "s"};
  const int decimals = std::abs(scaled) < 10 ? 2 : std::abs(scaled) < 100 ? 1 : 0;
  return fmt::format("{:.{}f}{}", scaled, decimals, unit);
}

}  // namespace stormproof
