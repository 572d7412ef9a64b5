#include "tests/e2e/support/child.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/temp_dir.h"

namespace stormproof::e2e {
namespace {

std::vector<std::string> shell(const std::string& script) { return {"sh", "-c", script}; }

TEST(Child, KeepsBothOutputsAndTheExitCode) {
  const Ran ran = Child(shell("echo out; echo err >&2; exit 7")).wait();
  EXPECT_EQ(ran.exit_code, 7);
  EXPECT_EQ(ran.out, "out\n");
  EXPECT_EQ(ran.err, "err\n");
}

TEST(Child, ADeathBySignalIs128AndTheSignal) { EXPECT_EQ(Child(shell("kill -9 $$")).wait().exit_code, 137); }

TEST(Child, IsSignalledOnceItHasSaidSomething) {
  Child child(shell("trap 'kill $!; echo bye; exit 3' TERM; sleep 600 & echo up; wait"));
  ASSERT_TRUE(child.wait_for("up"));
  child.signal(SIGTERM);
  const Ran ran = child.wait();
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_EQ(ran.out, "up\nbye\n");
}

TEST(Child, OnATerminalSeesATerminal) {
  Options options;
  options.terminal = true;
  EXPECT_EQ(Child(shell("test -t 1 && test -t 2 && echo yes"), options).wait().out, "yes\r\n");
  EXPECT_EQ(Child(shell("test -t 1 || echo no")).wait().out, "no\n");
}

TEST(Child, AGrandchildThatHoldsThePipeDoesNotHoldTheTest) {
  Options options;
  options.env = {{"STORMPROOF_E2E", "holds-the-pipe"}};
  Child child(shell("sleep 600 & echo $!"), options);
  const Ran ran = child.wait();
  EXPECT_EQ(ran.exit_code, 0);
  ASSERT_EQ(processes_marked("holds-the-pipe").size(), 1U);
  ::kill(std::stoi(ran.out), SIGKILL);
  EXPECT_TRUE(processes_left("holds-the-pipe", std::chrono::seconds(5)).empty());
}

TEST(Child, AProcessIsFoundByItsWorkingDirectory) {
  const TempDir dir;
  Options options;
  options.cwd = dir.path();
  Child child(shell("echo up; exec sleep 600"), options);
  ASSERT_TRUE(child.wait_for("up"));
  EXPECT_EQ(processes_marked(dir.path().string()).size(), 1U);
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait().exit_code, 137);
  EXPECT_TRUE(processes_marked(dir.path().string()).empty());
}

}  // namespace
}  // namespace stormproof::e2e
