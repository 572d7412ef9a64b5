#include "tests/tidy/banned_calls.h"

#include <gtest/gtest.h>

namespace stormproof::tidy {
namespace {

std::string findings_for(std::string path, std::string text) {
  return render(check_banned_calls({{std::move(path), std::move(text)}}));
}

TEST(BannedCalls, TheTreeHasNone) { EXPECT_EQ(render(check_banned_calls(read_tree(STORMPROOF_SOURCE_DIR))), ""); }

TEST(BannedCalls, AreFoundWithLineAndRemedy) {
  EXPECT_EQ(findings_for("harness/run/a.cpp", "int x;\nint y = rand();\n"),
            "harness/run/a.cpp:2: uses rand(); take an Rng (harness/base/rng.h), forked by name from the run's seed\n");
}

TEST(BannedCalls, EachOwnerMayAndNobodyElse) {
  struct Row {
    const char* code;
    const char* owner;
    const char* stranger;
  };
  for (const Row& row : {
           Row{"std::random_device d;", "harness/base/rng.cpp", "harness/plan/plan.cpp"},
           Row{"std::mt19937 d;", "harness/base/rng.cpp", "targets/stream/a.cpp"},
           Row{"std::this_thread::sleep_for(t);", "targets/stream/a.cpp", "tests/e2e/a_test.cpp"},
           Row{"auto t = std::chrono::system_clock::now();", "harness/base/clock.cpp", "reports/html.cpp"},
           Row{"::waitpid(pid, nullptr, 0);", "harness/supervise/wait.cpp", "harness/run/a.cpp"},
           Row{"waitid(P_PID, 1, &info, 0);", "harness/supervise/wait.cpp", "faults/process/kill.cpp"},
           Row{"::close(fd);", "harness/base/fd.cpp", "harness/run/a.cpp"},
           Row{"if (::fork() == 0) return;", "harness/supervise/spawn.cpp", "harness/sources/exec.cpp"},
           Row{"std::cout << 1;", "harness/cli/cmd_run.cpp", "harness/run/a.cpp"},
           Row{"printf(\"x\");", "tests/bench/a.cpp", "harness/check/a.cpp"},
           Row{"::ptrace(PTRACE_SEIZE, 1, 0, 0);", "faults/syscall/tracer.cpp", "faults/process/kill.cpp"},
       }) {
    EXPECT_EQ(findings_for(row.owner, row.code), "");
    EXPECT_NE(findings_for(row.stranger, row.code), "") << row.code;
  }
  EXPECT_NE(findings_for("targets/stream/a.cpp", "std::system(line);"), "");
}

TEST(BannedCalls, LookAlikesAreLeftAlone) {
  EXPECT_EQ(findings_for("harness/run/a.cpp", R"(
// rand() is banned; sleep_for too
const char* text = "rand() \" sleep_for";
auto raw = R"x(std::cout)x";
int million = 1'000'000;
db.close(); file->close(); strand(); operand(1); thread.fork();
int snprintf_like = fmt::format_to_n(out);
)"),
            "");
}

TEST(CodeOnly, KeepsLinesAndDropsWhatIsNotCode) {
  EXPECT_EQ(code_only("a /* x\ny */ b // c\n\"s\\\"\" 'q' d"), "a     \n     b     \n          d");
}

}  // namespace
}  // namespace stormproof::tidy
