#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace stormproof {

std::vector<std::filesystem::path> golden_cases(std::string_view suite) {
  const std::filesystem::path root = std::filesystem::path(STORMPROOF_SOURCE_DIR) / "tests/golden" / suite;
  std::vector<std::filesystem::path> cases;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(root, failure)) {
    if (entry.is_directory()) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  EXPECT_FALSE(cases.empty()) << "no golden cases below " << root;
  return cases;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void expect_golden(const std::filesystem::path& expected_file, std::string_view actual) {
  if (std::getenv("STORMPROOF_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(expected_file, std::ios::binary) << actual;
    return;
  }
  EXPECT_TRUE(std::filesystem::exists(expected_file))
      << expected_file << " is missing; make it with STORMPROOF_UPDATE_GOLDEN=1 ./dev test";
  EXPECT_EQ(read_file(expected_file), actual)
      << "differs from " << expected_file << "; if the new text is right: STORMPROOF_UPDATE_GOLDEN=1 ./dev test";
}

}  // namespace stormproof
