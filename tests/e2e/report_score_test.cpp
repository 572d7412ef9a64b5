/// The score as a gate: report --save-baseline, report --compare.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/golden.h"

namespace stormproof::e2e {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPause =
    "[[faults]]\nkind = \"pause\"\ntarget = \"apply\"\nwhen = { effects = 20 }\nfor = \"50ms\"\n";

class ReportScore : public ::testing::Test {
 protected:
  Ran stormproof_here(std::vector<std::string> arguments) {
    Options options;
    options.cwd = place_.root();
    return run_stormproof(std::move(arguments), options);
  }
  /// Runs and reports into the directory `name`; the exit status is of no interest.
  void run(const std::string& name, const std::string& arguments, const std::string& faults) {
    Parts parts;
    parts.arguments = "\"--pace=0.005\", " + arguments;
    parts.rest = "[invariants]\nno_duplicates = true\n" + faults;
    stormproof_here({"run", place_.write(name, scenario_text(parts)), "--out", name});
  }
  Workplace place_;
};

TEST_F(ReportScore, IsAGateAgainstABaseline) {
  run("sound", "", kPause);
  const Ran saved = stormproof_here({"report", "sound", "--save-baseline", "baseline.json"});
  ASSERT_EQ(saved.exit_code, 0) << saved.out << saved.err;
  EXPECT_THAT(saved.out, HasSubstr("\nno_duplicates  send    unstored  settled  idle  recovery  handover  overlap\n"
                                   "pause          ·       ✓         ✓        ·     ·         ·         ·\n"));
  EXPECT_THAT(read_file(place_.path("sound/summary.md")), HasSubstr("### What is proven"));
  EXPECT_THAT(read_file(place_.path("sound/report.html")), HasSubstr("\"score\":{\"schema\":1,"));

  const Ran same = stormproof_here({"report", "sound", "--compare", "baseline.json"});
  EXPECT_EQ(same.exit_code, 0) << same.out << same.err;
  EXPECT_THAT(same.out, HasSubstr("no regressions against the baseline\n"));

  run("broken", "\"--twice=100\",", kPause);
  const Ran broken = stormproof_here({"report", "broken", "--compare", "baseline.json"});
  EXPECT_EQ(broken.exit_code, 1) << broken.out << broken.err;
  EXPECT_THAT(broken.out, HasSubstr("new failure: no_duplicates after pause in "));

  run("peaceful", "", "");
  const Ran peaceful = stormproof_here({"report", "peaceful", "--compare", "baseline.json"});
  EXPECT_EQ(peaceful.exit_code, 1) << peaceful.out << peaceful.err;
  EXPECT_THAT(peaceful.out, HasSubstr("newly unexercised: no_duplicates after pause in received-unstored\n"));
}

TEST_F(ReportScore, AFailureThatTheBaselineKnowsIsNone) {
  run("broken", "\"--twice=100\",", kPause);
  EXPECT_EQ(stormproof_here({"report", "broken", "--save-baseline", "baseline.json"}).exit_code, 1);
  EXPECT_EQ(stormproof_here({"report", "broken", "--compare", "baseline.json"}).exit_code, 0);
}

TEST_F(ReportScore, MachinesGetOneObjectALine) {
  run("sound", "", kPause);
  stormproof_here({"report", "sound", "--save-baseline", "baseline.json"});
  const Ran ran = stormproof_here({"report", "sound", "--compare", "baseline.json", "--json"});
  std::vector<std::string> events;
  std::istringstream lines(ran.out);
  for (std::string line; std::getline(lines, line);) events.push_back(nlohmann::json::parse(line).at("event"));
  EXPECT_EQ(events, (std::vector<std::string>{"run", "campaign", "score", "compare"}));
  EXPECT_EQ(nlohmann::json::parse(read_file(place_.path("sound/report.json"))).at("score").at("schema"), 1);
}

TEST_F(ReportScore, ABaselineThatCannotBeReadIsSaidBeforeAnythingIsWritten) {
  std::ofstream(place_.path("torn.json")) << "{\"schema\":1,";
  const Ran torn = stormproof_here({"report", "nowhere", "--compare", "torn.json"});
  EXPECT_EQ(torn.exit_code, 2);
  EXPECT_EQ(torn.err,
            "stormproof: error: torn.json: the baseline is not JSON, or is cut off\n"
            "hint: give a file that `stormproof report --save-baseline` wrote\n");
  const Ran absent = stormproof_here({"report", "nowhere", "--compare", "absent.json"});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_EQ(absent.err,
            "stormproof: error: cannot read the baseline absent.json\n"
            "hint: write one with `stormproof report RUN --save-baseline absent.json`\n");
}

TEST_F(ReportScore, ABaselineThatCannotBeWrittenIsAnError) {
  run("sound", "", kPause);
  const Ran ran = stormproof_here({"report", "sound", "--save-baseline", "no/such/dir.json"});
  EXPECT_EQ(ran.exit_code, 4);
  EXPECT_THAT(ran.err, HasSubstr("stormproof: error: cannot write no/such/dir.json\n"));
}

}  // namespace
}  // namespace stormproof::e2e
