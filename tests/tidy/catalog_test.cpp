#include "tests/tidy/catalog.h"

#include <gtest/gtest.h>

namespace stormproof::tidy {
namespace {

const SourceTree& tree() {
  static const SourceTree kTree = read_tree(STORMPROOF_SOURCE_DIR);
  return kTree;
}

TEST(Catalogs, OfTheTreeAreComplete) { EXPECT_EQ(render(check_catalogs(tree())), ""); }
TEST(Catalogs, EveryTestOfTheTreeIsBuilt) { EXPECT_EQ(render(check_tests_are_built(tree())), ""); }
TEST(Catalogs, EveryGoldenCaseOfTheTreeExpectsSomething) { EXPECT_EQ(render(check_golden_cases(tree())), ""); }

const SourceFile kKill = {"faults/process/kill.cpp", "constinit const FaultKind kill_kind{};\n"};
const SourceFile kTerm = {"faults/process/term.cpp", "\nconst FaultKind term_kind{};\n"};

std::string findings_for(const std::string& entries, const SourceTree& files) {
  SourceTree all = files;
  all.push_back({"faults/catalog.cpp", entries});
  return render(check_catalogs(all));
}

TEST(Catalogs, AKindThatIsNotListedIsFound) {
  EXPECT_EQ(findings_for("&kill_kind, &term_kind,", {kKill, kTerm}), "");
  EXPECT_EQ(findings_for("&kill_kind,", {kKill, kTerm}),
            "faults/process/term.cpp:2: the kind term is in no list; add its line to faults/catalog.cpp\n");
}

TEST(Catalogs, OrderAndRepetitionAreFound) {
  EXPECT_EQ(findings_for("&term_kind,\n&kill_kind,", {kKill, kTerm}),
            "faults/catalog.cpp:2: lists kill after term; keep the list sorted, each kind once\n");
  EXPECT_EQ(findings_for("&kill_kind,\n&kill_kind,\n&term_kind,", {kKill, kTerm}),
            "faults/catalog.cpp:2: lists kill after kill; keep the list sorted, each kind once\n");
}

TEST(Catalogs, AListedKindThatDoesNotExistIsFound) {
  EXPECT_EQ(findings_for("&kill_kind, &oom_kind,", {kKill}),
            "faults/catalog.cpp:1: lists the kind oom; no file below faults/ defines it\n");
}

TEST(Catalogs, AKindInAFileOfAnotherNameIsFound) {
  EXPECT_EQ(findings_for("&kill_kind,", {{"faults/process/murder.cpp", kKill.text}}),
            "faults/process/murder.cpp:1: defines the kind kill; a kind stands in a file of its own name, kill.cpp\n");
}

TEST(Catalogs, ATestThatIsNotBuiltIsFound) {
  EXPECT_EQ(render(check_tests_are_built({{"tests/a/CMakeLists.txt", "x_test.cpp"}, {"tests/a/x_test.cpp", ""}})), "");
  EXPECT_EQ(render(check_tests_are_built({{"tests/a/CMakeLists.txt", "b/x_test.cpp"}, {"tests/a/b/x_test.cpp", ""}})),
            "");
  EXPECT_EQ(render(check_tests_are_built({{"tests/a/CMakeLists.txt", "x_test.cpp"}, {"tests/a/y_test.cpp", ""}})),
            "tests/a/y_test.cpp:0: is built by no CMakeLists.txt; name it in that of its folder\n");
}

TEST(Catalogs, AGoldenCaseWithoutExpectationIsFound) {
  EXPECT_EQ(render(check_golden_cases({{"tests/golden/s/c/input.toml", ""}, {"tests/golden/s/c/expected.txt", ""}})),
            "");
  EXPECT_EQ(render(check_golden_cases({{"tests/golden/s/c/input.toml", ""}})),
            "tests/golden/s/c:0: expects nothing; add expected.* (STORMPROOF_UPDATE_GOLDEN=1 ./dev test writes it)\n");
}

}  // namespace
}  // namespace stormproof::tidy
