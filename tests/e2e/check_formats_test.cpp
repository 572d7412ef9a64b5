/// Every case in tests/golden/foreign: the files another program wrote, the command line, and all that comes of it.
#include <gtest/gtest.h>

#include <fmt/core.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"
#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/golden.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> arguments_of(const fs::path& directory) {
  std::vector<std::string> arguments;
  for (const std::string& line : split(read_file(directory / "args.txt"), '\n')) {
    if (!line.empty()) arguments.push_back(line);
  }
  return arguments;
}

Ran run_in(const fs::path& directory, const std::vector<std::string>& arguments) {
  Options options;
  options.cwd = directory;
  return run_stormproof(arguments, options);
}

TEST(ForeignHistories, AreJudgedAndExplainedAsGolden) {
  for (const fs::path& directory : golden_cases("foreign")) {
    SCOPED_TRACE(directory.filename().string());
    const Ran ran = run_in(directory, arguments_of(directory));
    expect_golden(directory / "expected.txt", fmt::format("{}{}exit {}\n", ran.out, ran.err, ran.exit_code));
  }
}

TEST(ForeignHistories, WriteTheSameReportsAsARun) {
  const fs::path directory = fs::path(STORMPROOF_SOURCE_DIR) / "tests/golden/foreign/csv_with_a_duplicate";
  Workplace place;
  const fs::path out = place.path("out");
  const Ran ran = run_in(directory, {"check", "orders.csv", "--json", "--out", out.string()});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  for (const char* const name : {"verdict.json", "report.json", "report.html", "junit.xml", "summary.md"}) {
    EXPECT_TRUE(fs::exists(out / name)) << name;
  }
  const auto verdict = nlohmann::json::parse(read_file(out / "verdict.json"));
  EXPECT_EQ(verdict.at("verdict"), "fail");
  EXPECT_EQ(verdict.at("counts").at("duplicate"), 1);
  EXPECT_NE(read_file(out / "junit.xml").find("<failure"), std::string::npos);
  EXPECT_NE(ran.out.find("\"verdict\":\"fail\""), std::string::npos) << ran.out;
}

/// Without the name of the file and the command that repeats it.
std::string judgement(const std::string& out) {
  const std::size_t from = out.find("  ");
  return out.substr(from, out.find("    replay: ") - from);
}

/// A pipe is kept: so that it can be looked at first, and read again for evidence.
TEST(ForeignHistories, ComeThroughPipesAsFromFiles) {
  const fs::path directory = fs::path(STORMPROOF_SOURCE_DIR) / "tests/golden/foreign/csv_with_a_duplicate";
  Options options;
  options.cwd = directory;
  const std::string program = stormproof({}).front();
  const std::string expected = judgement(run_in(directory, {"check", "orders.csv"}).out);
  for (const std::string& command : {"cat orders.csv | " + program + " check -", program + " check - < orders.csv",
                                     program + " check <(cat orders.csv)"}) {
    Child child({"/bin/bash", "-c", command}, options);
    const Ran ran = child.wait();
    EXPECT_EQ(ran.exit_code, 1) << command << "\n" << ran.err;
    EXPECT_EQ(judgement(ran.out), expected) << command;
  }
}

TEST(ForeignHistories, StopBeforeTheyNeedMoreMemoryThanAllowed) {
  Workplace place;
  std::string rows = "time,event,id\n";
  for (int i = 0; i < 30'000; ++i) rows += fmt::format("{},sent,{:032x}\n", i, i * 0x9E3779B97F4A7C15U);
  std::ofstream(place.path("h.csv")) << rows;
  const Ran ran = run_stormproof({"check", place.path("h.csv"), "--memory", "100KiB"});
  EXPECT_EQ(ran.exit_code, 4) << ran.out;
  EXPECT_NE(ran.err.find("needs more than 0.1 MiB of memory"), std::string::npos) << ran.err;
}

TEST(ForeignHistories, AreReadFromStandardInputWhenTheFormatIsNamed) {
  const fs::path directory = fs::path(STORMPROOF_SOURCE_DIR) / "tests/golden/foreign/csv_with_a_duplicate";
  Options options;
  options.cwd = directory;
  Child child({"/bin/sh", "-c", "cat orders.csv | " + stormproof({}).front() + " check - --format csv"}, options);
  EXPECT_EQ(child.wait().exit_code, 1);
  EXPECT_EQ(run_in(directory, {"check", "-", "--map", "args.txt"}).exit_code, 2);
}

/// The README shows each format by a case of ours: files, command and output.
TEST(ForeignHistories, AreShownInTheReadmeAsTheyAreJudged) {
  const std::string readme = read_file(fs::path(STORMPROOF_SOURCE_DIR) / "README.md");
  int shown = 0;
  for (const fs::path& directory : golden_cases("foreign")) {
    if (!directory.filename().string().starts_with("readme_")) continue;
    SCOPED_TRACE(directory.filename().string());
    ++shown;
    EXPECT_NE(readme.find("    $ stormproof " + join(arguments_of(directory), " ") + "\n"), std::string::npos);
    for (const auto& file : fs::directory_iterator(directory)) {
      if (file.path().filename() == "args.txt") continue;
      for (const std::string& line : split(read_file(file.path()), '\n')) {
        const bool of_the_test = line.starts_with("exit ") || line.find(" replay: ") != std::string::npos;
        if (of_the_test || line.empty()) continue;
        EXPECT_NE(readme.find("    " + line + "\n"), std::string::npos) << line;
      }
    }
  }
  EXPECT_EQ(shown, 5);
}

/// What was understood of a foreign history and written as our lines is judged alike.
TEST(ForeignHistories, AreJudgedTheSameAsOurLines) {
  Workplace place;
  for (const fs::path& directory : golden_cases("foreign")) {
    SCOPED_TRACE(directory.filename().string());
    std::vector<std::string> arguments = arguments_of(directory);
    const auto not_a_check = [](const std::string& word) {
      return word == "--diff" || word == "--merge" || word == "--explain" || word == "--lines";
    };
    if (std::any_of(arguments.begin(), arguments.end(), not_a_check)) continue;
    const Ran foreign = run_in(directory, arguments);
    if (foreign.exit_code == 2) continue;
    const std::string lines = place.path("lines.jsonl");
    const auto list = std::find(arguments.begin(), arguments.end(), "--invariants");
    const std::string invariants = list == arguments.end() ? "exactly_once" : *std::next(list);
    arguments.insert(arguments.end(), {"--lines", lines});
    run_in(directory, arguments);
    const Ran ours = run_in(directory, {"check", lines, "--invariants", invariants});
    EXPECT_EQ(ours.exit_code, foreign.exit_code) << ours.out << foreign.out;
    EXPECT_EQ(judgement(ours.out), judgement(foreign.out));
  }
}

}  // namespace
}  // namespace stormproof::e2e
