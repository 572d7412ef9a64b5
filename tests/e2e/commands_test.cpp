/// The commands around a run, and what they print where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/golden.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Commands : public ::testing::Test {
 protected:
  Ran stormproof_here(std::vector<std::string> arguments) {
    Options options;
    options.cwd = place_.root();
    return run_stormproof(std::move(arguments), options);
  }
  std::string duplicating() {
    Parts parts;
    parts.arguments = "\"--twice=50\",";
    return place_.write("twice", scenario_text(parts));
  }
  static std::vector<json> json_lines(const std::string& text) {
    std::vector<json> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
    return lines;
  }
  static json verdict_of(const std::string& run) { return json::parse(read_file(fs::path(run) / "verdict.json")); }
  static std::vector<std::string> anomalies_of(const json& verdict) {
    std::vector<std::string> all;
    for (const json& invariant : verdict.at("invariants")) {
      for (const json& anomaly : invariant.at("anomalies")) {
        all.push_back(anomaly.at("kind").get<std::string>() + " " + anomaly.at("id").get<std::string>());
      }
    }
    return all;
  }

  Workplace place_;
};

constexpr char kEscape = '\x1b';

TEST_F(Commands, RunSamplesWhatAProcessHoldsWhenABoundAsksForIt) {
  Parts parts;
  parts.rest = "[invariants]\nexactly_once = true\nbounded = { files = 500, threads = 50, memory = \"4GiB\" }\n";
  const Ran sound = stormproof_here({"run", place_.write("sound", scenario_text(parts))});
  EXPECT_EQ(sound.exit_code, 0) << sound.out << sound.err;
  parts.rest = "[invariants]\nbounded = { files = 1 }\n";
  const Ran over = stormproof_here({"run", place_.write("over", scenario_text(parts))});
  EXPECT_EQ(over.exit_code, 1) << over.out << over.err;
  EXPECT_NE(over.out.find("overrun by apply/0"), std::string::npos) << over.out;
}

TEST_F(Commands, NewWritesAScenarioThatValidates) {
  const Ran made = stormproof_here({"new", "mine"});
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(made.out, "mine.toml\n");
  const Ran valid = stormproof_here({"validate", "mine.toml"});
  EXPECT_EQ(valid.exit_code, 0) << valid.out << valid.err;
  EXPECT_EQ(stormproof_here({"new", "mine"}).exit_code, 2) << "it does not overwrite";
  EXPECT_EQ(stormproof_here({"new", "../x"}).exit_code, 2);
}

TEST_F(Commands, ListKnowsEveryFamily) {
  for (const auto& [family, member] : std::vector<std::pair<std::string, std::string>>{{"faults", "kill"},
                                                                                       {"targets", "stream-client"},
                                                                                       {"invariants", "exactly_once"},
                                                                                       {"sources", "dataset"},
                                                                                       {"witnesses", "sqlite"},
                                                                                       {"reports", "junit"}}) {
    const Ran ran = stormproof_here({"list", family});
    EXPECT_EQ(ran.exit_code, 0) << family;
    EXPECT_NE(ran.out.find(member), std::string::npos) << ran.out;
  }
}

TEST_F(Commands, HelpAndVersionAreResults) {
  for (const char* option : {"--help", "--version"}) {
    const Ran ran = stormproof_here({option});
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_NE(ran.out.find("stormproof"), std::string::npos);
    EXPECT_EQ(ran.err, "");
  }
}

TEST_F(Commands, DoctorSpeaksToPeopleAndMachines) {
  EXPECT_NE(stormproof_here({"doctor"}).out.find("loopback"), std::string::npos);
  for (const json& line : json_lines(stormproof_here({"doctor", "--json"}).out)) EXPECT_TRUE(line.contains("state"));
}

TEST_F(Commands, JsonIsOneObjectALineAndNothingElse) {
  const Ran ran = stormproof_here({"run", "--json", duplicating(), "--out", "out"});
  EXPECT_EQ(ran.exit_code, 1);
  const std::vector<json> lines = json_lines(ran.out);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front().at("verdict"), "fail");
}

TEST_F(Commands, APipeGetsNoEscapeCodes) {
  const Ran ran = stormproof_here({"run", duplicating(), "--out", "out"});
  EXPECT_EQ(ran.out.find(kEscape), std::string::npos);
  EXPECT_EQ(ran.err.find(kEscape), std::string::npos);
}

TEST_F(Commands, ATerminalGetsALiveLine) {
  Options options;
  options.cwd = place_.root();
  options.terminal = true;
  options.env = {{"TERM", "xterm-256color"}};
  Parts parts;
  parts.arguments = "\"--pace=0.005\",";
  Child child(stormproof({"run", place_.write("slow", scenario_text(parts)), "--out", "out"}), options);
  EXPECT_TRUE(child.wait_for("drive"));
  const Ran ran = child.wait();
  EXPECT_EQ(ran.exit_code, 0) << ran.out;
  EXPECT_NE(ran.out.find(std::string(1, kEscape) + "["), std::string::npos);
}

TEST_F(Commands, ARunLeavesEveryArtefact) {
  EXPECT_EQ(stormproof_here({"run", duplicating(), "--out", "out"}).exit_code, 1);
  for (const char* file : {"scenario.toml", "plan.json", "history.bin", "verdict.json", "report.html", "report.json",
                           "junit.xml", "summary.md", "targets/apply-0/stdout.log", "targets/apply-0/stderr.log"}) {
    EXPECT_TRUE(fs::exists(place_.root() / "out" / file)) << file;
  }
}

TEST_F(Commands, ReplayFindsTheSameAnomaly) {
  ASSERT_EQ(stormproof_here({"run", duplicating(), "--out", "out"}).exit_code, 1);
  EXPECT_EQ(stormproof_here({"replay", "out", "--out", "again"}).exit_code, 1);
  const json first = verdict_of(place_.path("out"));
  const json second = verdict_of(place_.path("again"));
  EXPECT_EQ(first.at("seed"), second.at("seed"));
  EXPECT_THAT(anomalies_of(second), ::testing::ElementsAreArray(anomalies_of(first)));
  EXPECT_THAT(anomalies_of(first), ::testing::Contains("duplicate r-000050"));
}

TEST_F(Commands, CheckOfAStoredHistorySaysTheSame) {
  ASSERT_EQ(stormproof_here({"run", duplicating(), "--out", "out"}).exit_code, 1);
  const Ran whole = stormproof_here({"check", "out"});
  EXPECT_EQ(whole.exit_code, 1) << whole.out << whole.err;
  EXPECT_NE(whole.out.find("duplicate"), std::string::npos) << whole.out;
  EXPECT_EQ(stormproof_here({"check", "out/history.bin", "--invariants", "no_loss"}).exit_code, 0);
}

TEST_F(Commands, CheckOfADamagedHistoryIsUnknownAndSaysHowMuch) {
  ASSERT_EQ(stormproof_here({"run", duplicating(), "--out", "out"}).exit_code, 1);
  fs::resize_file(place_.path("out/history.bin"), fs::file_size(place_.path("out/history.bin")) - 3);
  const Ran ran = stormproof_here({"check", "out", "--invariants", "no_loss"});
  EXPECT_EQ(ran.exit_code, 3) << ran.out << ran.err;
  EXPECT_NE((ran.out + ran.err).find("bytes"), std::string::npos) << ran.out << ran.err;
}

TEST_F(Commands, CheckJudgesAForeignHistory) {
  std::ofstream(place_.path("sound.jsonl")) << R"({"t":0.1,"type":"invoke","op":"send","id":"a"}
{"t":0.2,"type":"ok","op":"send","id":"a"}
{"t":0.3,"type":"effect","id":"a"}
)";
  std::ofstream(place_.path("bad.jsonl")) << R"({"t":0.1,"type":"invoke","op":"send","id":"a"}
{"t":0.2,"type":"ok","op":"send","id":"a"}
{"t":0.3,"type":"effect","id":"a"}
{"t":0.4,"type":"effect","id":"a"}
)";
  EXPECT_EQ(stormproof_here({"check", "sound.jsonl"}).exit_code, 0);
  const Ran bad = stormproof_here({"check", "bad.jsonl"});
  EXPECT_EQ(bad.exit_code, 1) << bad.out << bad.err;
  EXPECT_NE(bad.out.find("duplicate"), std::string::npos) << bad.out;
}

TEST_F(Commands, ReportRendersStoredVerdictsAgain) {
  ASSERT_EQ(stormproof_here({"run", duplicating(), "--out", "out"}).exit_code, 1);
  const std::string junit = read_file(place_.path("out/junit.xml"));
  for (const char* file : {"out/junit.xml", "out/summary.md", "out/report.html"}) fs::remove(place_.root() / file);
  EXPECT_EQ(stormproof_here({"report", "out"}).exit_code, 1);
  // The campaign's own duration apart, which is known only to the one who ran it.
  const auto cases = [](const std::string& text) { return text.substr(text.find("<testcase")); };
  EXPECT_EQ(cases(read_file(place_.path("out/junit.xml"))), cases(junit));
  EXPECT_TRUE(fs::exists(place_.path("out/summary.md")));
  EXPECT_TRUE(fs::exists(place_.path("out/report.html")));
}

TEST_F(Commands, JobsRunCellsSideBySideAndKeepThePlansOrder) {
  Parts parts;
  parts.top += "[params]\nskip = 0\n";
  parts.arguments = "\"--skip={params.skip}\",";
  parts.rest =
      "[invariants]\nexactly_once = true\n[matrix]\nskip = [\"0\", \"7\", \"8\", \"9\"]\n[[expect]]\nskip = "
      "\"0\"\nverdict = \"pass\"\n[[expect]]\nskip = \"7\"\nverdict = \"fail\"\n[[expect]]\nskip = "
      "\"8\"\nverdict = \"fail\"\n[[expect]]\nskip = \"9\"\nverdict = \"fail\"\n";
  const std::string file = place_.write("many", scenario_text(parts));
  const Ran ran = stormproof_here({"run", file, "--jobs", "2", "--json", "--out", "out"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  EXPECT_GE(json_lines(ran.out).size(), 4U);
  EXPECT_EQ(stormproof_here({"run", file, "--only", "skip=7", "--no-expect", "--out", "one"}).exit_code, 1);
}

TEST_F(Commands, TheSeedIsPrintedFirstAndReproducible) {
  const std::string file = duplicating();
  const Ran drawn = stormproof_here({"run", file, "--out", "out"});
  const auto seed = verdict_of(place_.path("out")).at("seed").dump();
  const std::string all = drawn.err + drawn.out;
  EXPECT_NE(all.find("seed"), std::string::npos);
  EXPECT_NE(all.find(seed), std::string::npos);
  EXPECT_EQ(stormproof_here({"run", file, "--seed", "42", "--out", "fixed"}).exit_code, 1);
  EXPECT_EQ(verdict_of(place_.path("fixed")).at("seed"), 42);
}

}  // namespace
}  // namespace stormproof::e2e
