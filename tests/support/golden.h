/// Golden cases are directories: tests/golden/SUITE/CASE/{input.*, expected.*}. STORMPROOF_UPDATE_GOLDEN=1 rewrites.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof {

/// The case directories of a suite, sorted. Fails the calling test when there are none.
std::vector<std::filesystem::path> golden_cases(std::string_view suite);

/// Compares `actual` with the file; on a difference fails the calling test with both texts and the command that
/// updates.
void expect_golden(const std::filesystem::path& expected_file, std::string_view actual);

std::string read_file(const std::filesystem::path& file);

}  // namespace stormproof
