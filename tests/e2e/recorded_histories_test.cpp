/// Histories that real runs left in tests/regress/histories, judged from a pipe, as JSON lines and by any number of
/// threads.
#include <gtest/gtest.h>

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/golden.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* kInvariants = "exactly_once,resumable_stream,monotonic_reads:seq";

Ran shell(const std::string& command) { return Child({"/bin/sh", "-c", command}).wait(); }

std::vector<fs::path> recorded() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(fs::path(STORMPROOF_SOURCE_DIR) / "tests/regress/histories")) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// What follows the name of the history, up to the command that repeats it.
std::string judgement(const Ran& ran) {
  const std::size_t from = std::min(ran.out.find("  "), ran.out.size());
  return fmt::format("{}{}exit {}\n", ran.out.substr(from, ran.out.find("    replay: ") - from), ran.err,
                     ran.exit_code);
}

TEST(RecordedHistories, AreJudgedAsTheyWere) {
  const std::string program = stormproof({}).front();
  Workplace place;
  ASSERT_GE(recorded().size(), 8U);
  for (const fs::path& directory : recorded()) {
    SCOPED_TRACE(directory.filename().string());
    const std::string unpack = "gzip -dc '" + (directory / "history.bin.gz").string() + "'";
    const std::string check = " check {} --invariants " + std::string(kInvariants);
    const std::string judged = judgement(shell(unpack + " | " + program + fmt::format(fmt::runtime(check), "-")));
    expect_golden(directory / "expected.txt", judged);

    const std::string lines = place.path("lines.jsonl");
    ASSERT_EQ(shell(unpack + " | " + program + " check - --lines " + lines).exit_code, 0);
    for (const char* const threads : {" --threads 1", " --threads 3"}) {
      EXPECT_EQ(judgement(shell(program + fmt::format(fmt::runtime(check), lines) + threads)), judged) << threads;
    }
  }
}

}  // namespace
}  // namespace stormproof::e2e
