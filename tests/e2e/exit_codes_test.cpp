/// The exit status is the contract with CI: each kind of trouble, once.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"

namespace stormproof::e2e {
namespace {

class ExitCodes : public ::testing::Test {
 protected:
  Ran run(const Parts& parts, const std::string& out = "out") {
    const std::vector<std::string> arguments = {"run", place_.write("case", scenario_text(parts)), "--out",
                                                out.starts_with('/') ? out : place_.path(out)};
    Options options;
    options.cwd = place_.root();
    return run_stormproof(arguments, options);
  }
  Ran run_text(const std::string& text) {
    Options options;
    options.cwd = place_.root();
    return run_stormproof({"run", place_.write("case", text), "--out", place_.path("out")}, options);
  }
  bool started_anything() const { return std::filesystem::exists(place_.root() / "out"); }

  Workplace place_;
};

#define EXPECT_SAYS(text, part) EXPECT_NE((text).find(part), std::string::npos) << "in: " << (text)

TEST_F(ExitCodes, PassIs0) {
  const Ran ran = run({});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "pass");
}

TEST_F(ExitCodes, FailIs1AndEndsWithTheCommandThatReplaysIt) {
  Parts parts;
  parts.arguments = "\"--twice=50\",";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 1) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "duplicate");
  EXPECT_SAYS(ran.out, "stormproof replay " + place_.path("out"));
}

TEST_F(ExitCodes, ALostMessageIs1) {
  Parts parts;
  parts.arguments = "\"--skip=50\",";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 1) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "lost");
}

TEST_F(ExitCodes, AnExpectedFailureIs0AndAnUnexpectedPassIs1) {
  Parts parts;
  parts.arguments = "\"--skip=50\",";
  parts.rest += "[[expect]]\nverdict = \"fail\"\nanomalies = [\"lost\"]\n";
  EXPECT_EQ(run(parts).exit_code, 0);
  parts.arguments.clear();
  EXPECT_EQ(run(parts, "out2").exit_code, 1);
}

TEST_F(ExitCodes, AScenarioErrorIs2ShowsEveryMistakeAndStartsNothing) {
  Parts parts;
  parts.rest =
      "[[faults]]\nkind = \"kil\"\ntarget = \"apply\"\nwhen = { effects = 5 }\n[links.l]\nto = \"aply:http\"\n";
  parts.target = "grace = 5\n";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_SAYS(ran.err, "did you mean 'kill'");
  EXPECT_SAYS(ran.err, "aply");
  EXPECT_SAYS(ran.err, "grace");
  EXPECT_FALSE(started_anything());
}

TEST_F(ExitCodes, SyntaxErrorsBinaryFilesAndDirectoriesAre2) {
  EXPECT_EQ(run_text("name = \"x\n").exit_code, 2);
  EXPECT_EQ(run_text(std::string("\x7f"
                                 "ELF\x02\x01\x01\0\0\0",
                                 10))
                .exit_code,
            2);
  EXPECT_EQ(run_text("").exit_code, 2);
  EXPECT_EQ(run_stormproof({"run", place_.root().string()}).exit_code, 2);
  EXPECT_EQ(run_stormproof({"run", place_.path("none.toml")}).exit_code, 2);
  EXPECT_FALSE(started_anything());
}

TEST_F(ExitCodes, UsageErrorsAre2WithAHint) {
  for (const auto& [arguments, hint] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{}, "stormproof --help"},
           {{"rnu"}, "did you mean 'run'?"},
           {{"run"}, "stormproof run --help"},
           {{"run", "x.toml", "--sed", "1"}, "did you mean '--seed'?"},
           {{"list", "fautls"}, "did you mean 'faults'?"},
           {{"replay", place_.root().string()}, "hint: "},
           {{"check", place_.path("none")}, "hint: "},
       }) {
    const Ran ran = run_stormproof(arguments);
    EXPECT_EQ(ran.exit_code, 2);
    EXPECT_EQ(ran.out, "");
    EXPECT_SAYS(ran.err, "stormproof: error: ");
    EXPECT_SAYS(ran.err, hint);
  }
}

TEST_F(ExitCodes, AFaultThatNeverFiredIs3) {
  Parts parts;
  parts.rest += "[[faults]]\nkind = \"kill\"\ntarget = \"apply\"\nwhen = { effects = 100000 }\n";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "unknown");
  EXPECT_SAYS(ran.out, "kill");
}

TEST_F(ExitCodes, NothingFlowedIs3) {
  Parts parts;
  parts.arguments = "\"--idle\",";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "nothing flowed");
}

TEST_F(ExitCodes, ATimeoutIs3) {
  Parts parts;
  parts.top = "timeout = \"700ms\"\nsettle = \"10s\"\n";
  parts.arguments = "\"--stop-after=100\",";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "timeout");
}

TEST_F(ExitCodes, ALedgerThatWasNeverMadeIs3) {
  const Ran ran = run_text(R"(
name = "x"
settle = "100ms"
[targets.a]
command = ["sleep", "600"]
[source]
kind = "dataset"
records = 3
[witness.ledger]
kind = "sqlite"
path = "{shared}/ledger.db"
)");
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "ledger.db does not exist");
}

TEST_F(ExitCodes, ALedgerThatIsNoDatabaseAtTheEndIs4WithTheRemedy) {
  Parts parts;
  parts.top += "linger = \"1s\"\n";
  parts.arguments = "\"--spoil\",";
  const Ran ran = run(parts);
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_SAYS(ran.out, "not judged: witness ledger could not be read at the end");
  EXPECT_SAYS(ran.out, "it must be an SQLite 3 file");
}

TEST_F(ExitCodes, AMissingProgramIs4WithItsName) {
  const Ran ran = run_text("name = \"x\"\n[targets.a]\ncommand = [\"stormproof-no-such-program\"]\n");
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_SAYS(ran.out + ran.err, "stormproof-no-such-program");
}

TEST_F(ExitCodes, AFileThatIsNotExecutableIs4) {
  const Ran ran = run_text("name = \"x\"\n[targets.a]\ncommand = [\"" + place_.path("case.toml") + "\"]\n");
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_SAYS(ran.out + ran.err, "case.toml");
}

TEST_F(ExitCodes, ATargetThatIsNeverReadyIs4WithTheTailOfItsLog) {
  const Ran ran = run_text(R"(
name = "x"
[targets.a]
command = ["sh", "-c", "echo the database is on fire >&2; exec sleep 600"]
ports = ["http"]
ready = { tcp = "http", within = "300ms" }
)");
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_SAYS(ran.out + ran.err, "a/0");
  EXPECT_SAYS(ran.out + ran.err, "the database is on fire");
}

TEST_F(ExitCodes, ATargetThatEndsBeforeItIsReadyIs4) {
  const Ran ran = run_text(R"(
name = "x"
[targets.a]
command = ["sh", "-c", "echo no licence found; exit 9"]
ports = ["http"]
ready = { tcp = "http", within = "20s" }
)");
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_SAYS(ran.out + ran.err, "no licence found");
}

TEST_F(ExitCodes, AnOutputDirectoryThatCannotBeIs4) {
  const Ran ran = run({}, "/proc/stormproof");
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_SAYS(ran.err, "/proc/stormproof");
  EXPECT_SAYS(ran.err, "hint: ");
}

TEST_F(ExitCodes, OverManyRuns1Beats4Beats3) {
  Parts parts;
  const std::string pass = place_.write("pass", scenario_text(parts));
  parts.arguments = "\"--twice=5\",";
  const std::string fail = place_.write("fail", scenario_text(parts));
  const std::string broken = place_.write("broken", "name = \"x\"\n[targets.a]\ncommand = [\"stormproof-none\"]\n");
  parts.arguments = "";
  parts.rest += "[[faults]]\nkind = \"kill\"\ntarget = \"apply\"\nwhen = { effects = 100000 }\n";
  const std::string unknown = place_.write("unknown", scenario_text(parts));
  const auto code = [&](const std::vector<std::string>& files, const std::string& out) {
    std::vector<std::string> arguments = {"run", "--out", place_.path(out)};
    arguments.insert(arguments.end(), files.begin(), files.end());
    return run_stormproof(arguments).exit_code;
  };
  EXPECT_EQ(code({pass, unknown}, "o1"), 3);
  EXPECT_EQ(code({pass, unknown, broken}, "o2"), 4);
  EXPECT_EQ(code({unknown, broken, fail, pass}, "o3"), 1);
}

}  // namespace
}  // namespace stormproof::e2e
