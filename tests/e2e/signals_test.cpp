/// Ctrl-C, a second one, and kill -9: whatever way out, nothing of a run is left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/golden.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A long run with two replicas, a link, memory limits and children of its own.
class Signals : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(place_.path("tmp"));
    groups_before_ = control_groups();
  }

  std::string scenario(const std::string& more_arguments) const {
    Parts parts;
    parts.records = 100000;
    parts.arguments = "\"--pace=0.01\", \"--listen={ports.http}\", \"--port-file={shared}/port\", " + more_arguments;
    parts.ready = "{ tcp = \"http\" }";
    parts.target = "ports = [\"http\"]\nlimits = { memory = \"256MiB\" }\ngrace = \"20s\"\n";
    parts.rest = "[links.way]\nto = \"apply:http\"\n[invariants]\nexactly_once = true\n";
    return place_.write("case", scenario_text(parts));
  }

  std::vector<std::string> command(const std::string& more_arguments = "") const {
    return stormproof({"run", "--verbose", scenario(more_arguments), "--out", place_.path("out")});
  }

  Options options() const {
    Options options;
    options.env = {{"TMPDIR", place_.path("tmp")}};
    return options;
  }

  std::vector<std::string> alive(milliseconds within) const { return processes_left(place_.root().string(), within); }

  void expect_nothing_left(milliseconds within) const {
    EXPECT_THAT(alive(within), ::testing::IsEmpty());
    EXPECT_EQ(control_groups(), groups_before_);
    EXPECT_TRUE(fs::is_empty(place_.path("tmp")));
    const std::string port = read_file(place_.path("out/shared/port"));
    ASSERT_NE(port, "");
    EXPECT_TRUE(port_is_free(std::stoi(port))) << port;
  }

  Workplace place_;
  std::vector<std::string> groups_before_;
};

TEST_F(Signals, OneCtrlCStopsTheTargetsGracefullyAndWritesWhatIsKnown) {
  Child child(command(), options());
  ASSERT_TRUE(child.wait_for("drive"));
  child.signal(SIGINT);
  const Ran ran = child.wait();
  EXPECT_EQ(ran.exit_code, 130) << ran.out << ran.err;
  const std::string verdict = read_file(place_.path("out/verdict.json"));
  EXPECT_NE(verdict.find("unknown"), std::string::npos) << verdict;
  EXPECT_NE(verdict.find("interrupted"), std::string::npos) << verdict;
  EXPECT_TRUE(fs::exists(place_.path("out/report.html")));
  expect_nothing_left(milliseconds(0));
}

TEST_F(Signals, ASecondCtrlCDoesNotWaitForTheGrace) {
  Child child(command("\"--ignore-term\", "), options());
  ASSERT_TRUE(child.wait_for("drive"));
  child.signal(SIGINT);
  ASSERT_EQ(alive(milliseconds(300)).empty(), false) << "the target ignores SIGTERM and has a grace of 20 s";
  const auto start = std::chrono::steady_clock::now();
  child.signal(SIGINT);
  EXPECT_EQ(child.wait().exit_code, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(15));
  expect_nothing_left(milliseconds(0));
}

TEST_F(Signals, SigtermIsACtrlC) {
  Child child(command(), options());
  ASSERT_TRUE(child.wait_for("drive"));
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait().exit_code, 130);
  expect_nothing_left(milliseconds(0));
}

TEST_F(Signals, AfterKill9NothingOfTheRunLives) {
  Child child(command("\"--ignore-term\", \"--children=2\", "), options());
  ASSERT_TRUE(child.wait_for("drive"));
  EXPECT_GE(alive(milliseconds(0)).size(), 4U) << "the harness, the target and its two children";
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait().exit_code, 137);
  expect_nothing_left(seconds(1));
}

TEST_F(Signals, AfterKill9DuringSetUpNothingOfTheRunLives) {
  Child child(command("\"--ignore-term\", "), options());
  ASSERT_TRUE(child.wait_for("seed"));
  // The target writes its port down before it opens its ledger.
  while (read_file(place_.path("out/shared/port")).empty() && !alive(milliseconds(0)).empty()) {
  }
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait().exit_code, 137);
  expect_nothing_left(seconds(1));
}

}  // namespace
}  // namespace stormproof::e2e
