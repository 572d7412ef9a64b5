/// stormproof explore on the stream target, as a user runs it.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/e2e/support/child.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

const std::string kScenario = (fs::path(STORMPROOF_SOURCE_DIR) / "scenarios/stream/explore.toml").string();

Ran stormproof(std::vector<std::string> arguments) {
  Options options;
  options.patience = std::chrono::seconds(280);
  return run_stormproof(arguments, options);
}

TEST(Explore, FindsThatAGracefulClientDoesNotSurviveAndHandsBackAScenarioThatFails) {
  const TempDir out;
  const std::string directory = (out / "explored").string();
  const std::string corpus = (out / "corpus").string();
  const Ran ran = stormproof({"explore", kScenario, "--set", "level=graceful", "--runs", "100", "--seed", "1",
                              "--shrink-budget", "60", "--out", directory, "--save", corpus});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_NE(ran.out.find("FAIL "), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("[[faults]]"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("again:    stormproof run " + directory + "/minimal.toml"), std::string::npos) << ran.out;
  for (const char* file : {"minimal.toml", "minimal.md", "report.html"}) {
    EXPECT_TRUE(fs::exists(fs::path(directory) / file)) << file;
  }
  EXPECT_FALSE(fs::exists(fs::path(directory) / "trials"));
  EXPECT_NE(read_file(fs::path(directory) / "report.html").find("\"stories\":["), std::string::npos);

  ASSERT_FALSE(fs::is_empty(corpus));
  const Ran again = stormproof({"run", corpus, "--flaky", "3", "--out", (out / "again").string()});
  EXPECT_EQ(again.exit_code, 1) << again.out << again.err;
  EXPECT_NE(again.out.find(" when it was found)"), std::string::npos) << again.out;
}

TEST(Corpus, SaysHowOftenEachStillFailsAndWhichAreCured) {
  const TempDir out;
  fs::create_directory(out / "corpus");
  std::ofstream(out / "corpus" / "one.toml")
      << read_file(kScenario)
      << "[[faults]]\nkind = \"kill\"\ntarget = \"client/0\"\nwhen = { effects = 300 }\nrestart = \"200ms\"\n"
         "[found]\nanomaly = \"duplicate\"\nreproduces = \"19/20\"\n";
  const auto run = [&](const std::string& level) {
    return stormproof({"run", (out / "corpus").string(), "--set", "level=" + level, "--flaky", "2", "--no-expect",
                       "--out", (out / level).string()});
  };
  const Ran sick = run("graceful");
  EXPECT_EQ(sick.exit_code, 1) << sick.out << sick.err;
  EXPECT_NE(sick.out.find("explore level=graceful: fails 2 of 2 (19/20 when it was found)\n"), std::string::npos)
      << sick.out;
  const Ran cured = run("recoverable");
  EXPECT_EQ(cured.exit_code, 0) << cured.out << cured.err;
  EXPECT_NE(cured.out.find("explore level=recoverable: fails 0 of 2: cured, it failed 19/20 when it was found\n"),
            std::string::npos)
      << cured.out;
}

TEST(Explore, ASoundTargetPassesAndNothingIsLeft) {
  const TempDir out;
  const Ran ran = stormproof({"explore", kScenario, "--set", "level=recoverable", "--runs", "12", "--seed", "3",
                              "--json", "--out", (out / "explored").string()});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report.at("trials"), 12);
  EXPECT_EQ(report.at("failed"), 0);
  EXPECT_EQ(report.at("could_not"), 0);
  EXPECT_GT(report.at("features"), 20);
  EXPECT_TRUE(fs::is_empty(out / "explored")) << ran.out;
}

TEST(Explore, InterruptedItKeepsWhatItFound) {
  const TempDir out;
  const std::string directory = (out / "explored").string();
  Options options;
  options.patience = std::chrono::seconds(120);
  Child child(e2e::stormproof({"explore", kScenario, "--set", "level=graceful", "--runs", "100", "--seed", "1",
                               "--shrink-budget", "100000", "--out", directory}),
              options);
  ASSERT_TRUE(child.wait_for("shrink: "));
  child.signal(SIGINT);
  const Ran ran = child.wait();
  EXPECT_EQ(ran.exit_code, 130) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("; interrupted\n"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("\nFAIL "), std::string::npos) << ran.out;
  EXPECT_TRUE(fs::exists(fs::path(directory) / "minimal.toml"));
  EXPECT_FALSE(fs::exists(fs::path(directory) / "trials"));
}

/// The fourth server to be started ends at once: the probe was the first.
TEST(Explore, ATrialThatCannotRunCostsOnlyItself) {
  const TempDir out;
  const std::string count = (out / "count").string();
  std::string text = read_file(kScenario);
  const std::string server = "[\"{bin}/stream-server\", ";
  const std::size_t at = text.find(server);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, server.size(),
               "[\"sh\", \"-c\", \"echo >> " + count + "; test $(wc -l < " + count +
                   ") -ne 4 && exec \\\"$0\\\" \\\"$@\\\"\", \"{bin}/stream-server\", ");
  const std::size_t policy = text.find("restart = \"always\"", at);
  text.replace(policy, std::string("restart = \"always\"").size(), "restart = \"never\"");
  const std::string scenario = (out / "scenario.toml").string();
  std::ofstream(scenario) << text << "kinds = [\"latency\"]\n";
  const Ran ran = stormproof({"explore", scenario, "--set", "level=recoverable", "--runs", "8", "--jobs", "1", "--seed",
                              "3", "--json", "--out", (out / "explored").string()});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report.at("trials"), 8);
  EXPECT_EQ(report.at("could_not"), 1) << ran.out;
}

TEST(Explore, AMatrixMustBeNarrowedToOneCell) {
  const Ran ran = stormproof({"explore", kScenario});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.err, "stormproof: error: " + kScenario +
                         " has a matrix of 5 cells; explore takes one\nhint: choose it: --set level=naive\n");
}

TEST(Explore, AProbeThatCannotRunIsTheEnvironmentsFault) {
  const TempDir out;
  const Ran ran = stormproof({"explore", kScenario, "--set", "level=no-such-level", "--out", (out / "x").string()});
  EXPECT_EQ(ran.exit_code, 4) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("the probing run did not pass"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace stormproof::e2e
