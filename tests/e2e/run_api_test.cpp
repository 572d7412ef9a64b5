// `run --api`: people poke at the links of a running scenario, and what they poke is in the history.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"
#include "tests/support/eventually.h"
#include "tests/support/http_wire.h"

namespace stormproof::e2e {
namespace {

using nlohmann::json;

/// A few seconds long, with a link that the target listens behind.
std::string slow_scenario() {
  Parts parts;
  parts.records = 400;
  parts.arguments = "\"--pace=0.01\", \"--listen={ports.http}\", ";
  parts.ready = "{ tcp = \"http\" }";
  parts.target = "ports = [\"http\"]\n";
  parts.rest = "[links.way]\nto = \"apply:http\"\n[invariants]\nexactly_once = true\n";
  return scenario_text(parts);
}

/// What a running scenario said its API is.
std::string api_of(Child& child) {
  constexpr std::string_view kTold = "api http://";
  if (!child.wait_for(kTold)) return {};
  const std::string rest = child.err().substr(child.err().find(kTold) + kTold.size());
  return rest.substr(0, rest.find('\n'));
}

std::string error_of(const WireReply& reply) { return json::parse(reply.body).at("error"); }

class RunApi : public ::testing::Test {
 protected:
  /// The history's events by or about the API, as "inject reset_peer api:way/cut".
  std::vector<std::string> pokes() const {
    const Ran ran = run_stormproof({"check", place_.path("out"), "--lines", "-"});
    std::vector<std::string> found;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);) {
      const json event = json::parse(line);
      const std::string by = event.value("by", "");
      if (!by.starts_with("api:")) continue;
      found.push_back(event.value("type", "") + ' ' + event.value("id", "") + ' ' + by);
    }
    return found;
  }

  Workplace place_;
};

TEST_F(RunApi, ToxicsComeAndGoAndAreInTheHistoryAsFaults) {
  const std::string scenario = place_.write("case", slow_scenario());
  Child child(stormproof({"run", scenario, "--out", place_.path("out"), "--api", "127.0.0.1:0"}));
  const std::string api = api_of(child);
  const json proxies = json::parse(http_exchange(api, "GET", "/proxies").body);
  ASSERT_TRUE(proxies.contains("way")) << proxies;
  EXPECT_EQ(proxies["way"]["upstream"], "apply/0:http");
  const std::string listen = proxies["way"]["listen"];

  // The target opens its ledger once it listens.
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(place_.path("out/shared/ledger.db")); }));
  TestSocket before = TestSocket::connect(listen);
  ASSERT_TRUE(before.send("x"));
  EXPECT_EQ(http_exchange(api, "POST", "/proxies/way/toxics", R"({"type":"reset_peer","name":"cut"})").status, 200);
  EXPECT_EQ(before.receive_all().end, TestSocket::End::reset);
  EXPECT_EQ(http_exchange(api, "PATCH", "/proxies/way/toxics/cut", R"({"attributes":{"timeout":5}})").status, 200);
  EXPECT_EQ(http_exchange(api, "DELETE", "/proxies/way/toxics/cut").status, 204);
  EXPECT_EQ(http_exchange(api, "PATCH", "/proxies/way", R"({"enabled":false})").status, 200);
  EXPECT_FALSE(TestSocket::connect(listen).valid());
  EXPECT_EQ(http_exchange(api, "POST", "/proxies/way/toxics", R"({"type":"latency"})").status, 200);

  EXPECT_EQ(child.wait().exit_code, 0);
  EXPECT_EQ(pokes(), (std::vector<std::string>{"inject reset_peer api:way/cut", "note reset_peer api:way/cut",
                                               "bite  api:way/cut", "heal reset_peer api:way/cut",
                                               "inject down api:way/down", "inject latency api:way/latency_downstream",
                                               "heal down api:way/down", "heal latency api:way/latency_downstream"}));
}

TEST_F(RunApi, LinksAreNeitherMadeMovedNorRemoved) {
  const std::string scenario = place_.write("case", slow_scenario());
  Child child(stormproof({"run", scenario, "--out", place_.path("out"), "--api", "127.0.0.1:0"}));
  const std::string api = api_of(child);
  const std::vector<std::vector<std::string>> refused = {
      {"POST", "/proxies", R"({"name":"more","upstream":"127.0.0.1:1"})"},
      {"DELETE", "/proxies/way", ""},
      {"PATCH", "/proxies/way", R"({"listen":"127.0.0.1:1"})"},
      {"POST", "/populate", R"([{"name":"way","upstream":"127.0.0.1:1"}])"}};
  for (const auto& request : refused) {
    const WireReply reply = http_exchange(api, request[0], request[1], request[2]);
    EXPECT_EQ(reply.status, 403) << request[0] << request[1];
    EXPECT_EQ(error_of(reply),
              "the links of a running scenario are neither made, moved nor removed: add toxics to them, or disable "
              "them");
  }
  child.signal(SIGINT);
  EXPECT_EQ(child.wait().exit_code, 130);
}

TEST_F(RunApi, IsForOneRunWithLinks) {
  const std::string scenario = place_.write("case", slow_scenario());
  const Ran twice = run_stormproof({"run", scenario, "--repeat", "2", "--api", "127.0.0.1:0"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_EQ(twice.err,
            "stormproof: error: --api is for one run, and these are 2\nhint: choose one with --only, and leave out "
            "--repeat\n");
  const Ran linkless = run_stormproof({"run", place_.write("bare", scenario_text({})), "--api", "127.0.0.1:0"});
  EXPECT_EQ(linkless.exit_code, 2);
  EXPECT_EQ(linkless.err,
            "stormproof: error: --api has nothing to offer: the scenario has no links\nhint: give it a "
            "[links.NAME]\n");
  const Ran nowhere = run_stormproof({"run", scenario, "--api", "nowhere"});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_EQ(nowhere.err,
            "stormproof: error: --api: address nowhere: missing port in address\nhint: an address is HOST:PORT, e.g. "
            "127.0.0.1:0\n");
}

TEST_F(RunApi, AnAddressThatIsTakenEndsTheRunBeforeItsTargets) {
  const TestListener taken;
  const std::string scenario = place_.write("case", slow_scenario());
  const Ran ran = run_stormproof({"run", scenario, "--out", place_.path("out"), "--api", taken.address()});
  EXPECT_EQ(ran.exit_code, 4);
  EXPECT_NE((ran.out + ran.err).find("the API: cannot listen on " + taken.address() + ": Address already in use"),
            std::string::npos)
      << ran.out << ran.err;
}

}  // namespace
}  // namespace stormproof::e2e
