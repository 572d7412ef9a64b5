/// Services that know nothing of this repository, judged by scenarios their owners could have written.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/golden.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

const std::string kJobs = std::string(STORMPROOF_SOURCE_DIR) + "/tests/e2e/foreign/jobs.toml";

class Foreign : public ::testing::Test {
 protected:
  Ran run(const std::string& scenario, std::vector<std::string> more = {}) {
    Options options;
    options.cwd = place_.root();
    more.insert(more.begin(), {"run", scenario, "--keep", "--out", place_.path("out" + std::to_string(++runs_))});
    return run_stormproof(more, options);
  }
  nlohmann::json verdict() const {
    return nlohmann::json::parse(read_file(place_.path("out" + std::to_string(runs_) + "/verdict.json")));
  }

  Workplace place_;
  int runs_ = 0;
};

TEST_F(Foreign, AServiceThatCheckpointsNowAndThenDoesJobsTwice) {
  const Ran ran = run(kJobs);
  EXPECT_EQ(ran.exit_code, 1) << ran.out << ran.err;
  EXPECT_GT(verdict().at("counts").at("duplicate"), 0);
  EXPECT_EQ(verdict().at("counts").at("lost"), 0);
}

TEST_F(Foreign, ItsTwinThatCheckpointsInTheJobsTransactionIsSound) {
  const Ran ran = run(kJobs, {"--set", "checkpoint=1"});
  EXPECT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  EXPECT_EQ(verdict().at("counts").at("duplicate"), 0);
}

/// The service in the comment at the end of what `stormproof new` writes.
std::string service_in(const std::string& scenario) {
  std::istringstream in(scenario);
  std::string service;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    inside = inside || line.starts_with("#   import");
    if (inside && line.starts_with("#")) service += line.substr(std::min<std::size_t>(line.size(), 4)) + "\n";
  }
  return service;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST_F(Foreign, WhatNewWritesJudgesTheServiceItShows) {
  Options options;
  options.cwd = place_.root();
  ASSERT_EQ(run_stormproof({"new", "service"}, options).exit_code, 0);
  const std::string scenario = read_file(place_.path("service.toml"));
  const std::string service = service_in(scenario);
  std::ofstream(place_.path("service.py")) << service;
  const Ran buggy = run("service.toml");
  EXPECT_EQ(buggy.exit_code, 1) << buggy.out << buggy.err;
  EXPECT_GT(verdict().at("counts").at("duplicate"), 0);

  std::ofstream(place_.path("service.py"))
      << replaced(replaced(service, "id text,", "id text primary key,"), "insert into", "insert or ignore into");
  const Ran sound = run("service.toml");
  EXPECT_EQ(sound.exit_code, 0) << sound.out << sound.err;
}

}  // namespace
}  // namespace stormproof::e2e
