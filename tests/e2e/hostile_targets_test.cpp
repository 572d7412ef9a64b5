/// Targets that behave badly do not hurt the harness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"

namespace stormproof::e2e {
namespace {

class HostileTarget : public ::testing::Test {
 protected:
  Ran run(const std::string& arguments, const std::string& target = "") {
    Parts parts;
    parts.arguments = arguments;
    parts.target = target;
    return run_stormproof({"run", place_.write("case", scenario_text(parts)), "--keep", "--out", place_.path("out")});
  }
  void expect_nothing_left() const { EXPECT_THAT(processes_marked(place_.root().string()), ::testing::IsEmpty()); }
  Workplace place_;
};

TEST_F(HostileTarget, ThatForksChildrenAndLeavesThemAloneLeavesNone) {
  const Ran ran = run("\"--children=5\",");
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  expect_nothing_left();
}

TEST_F(HostileTarget, ThatIgnoresSigtermIsKilledAfterItsGrace) {
  const Ran ran = run("\"--ignore-term\",", "grace = \"200ms\"\n");
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  expect_nothing_left();
}

TEST_F(HostileTarget, ThatClosesItsOutputIsJudgedAllTheSame) {
  const Ran ran = run("\"--close-stdout\",");
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
}

TEST_F(HostileTarget, ThatPrintsAGigabyteDoesNotFillTheDisk) {
  const Ran ran = run("\"--print-mib=5\",");
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  const auto size = std::filesystem::file_size(place_.path("out/targets/apply-0/stdout.log"));
  EXPECT_LT(size, 256U << 20U);
  EXPECT_GT(size, 0U);
}

TEST_F(HostileTarget, ThatGoesPastItsLinkProvesNothing) {
  Parts parts;
  parts.target = "ports = [\"p\"]\nenv = { FEED = \"{links.feed}\" }\n";
  parts.rest = "[links.feed]\nto = \"apply:p\"\n";
  const Ran ran = run_stormproof({"run", place_.write("case", scenario_text(parts)), "--out", place_.path("out")});
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("link 'feed' carried no bytes: nobody connected to it; is the target using {links.feed}?"),
            std::string::npos)
      << ran.out;
}

TEST_F(HostileTarget, ThatEndsUnaskedIsAFinding) {
  const Ran ran = run("\"--exit-after=200\",");
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("apply/0"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace stormproof::e2e
