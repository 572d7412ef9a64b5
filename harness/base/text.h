/// Small text helpers shared by diagnostics and reports.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof {

/// Levenshtein distance with transpositions counted as one edit.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `word`, or "" when none is near enough to be what was meant (more than a third of it
/// differs).
std::string nearest(std::string_view word, std::span<const std::string> candidates);

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);

/// Valid UTF-8 with control characters escaped as \xNN: safe on a terminal and in XML or JSON.
std::string printable(std::string_view bytes);

/// Valid UTF-8: every byte that is none becomes \xNN; all else, control characters included, stays as it is.
std::string valid_utf8(std::string_view bytes);

}  // namespace stormproof
