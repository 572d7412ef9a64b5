// `stormproof proxy` as a command: what it says, and how it ends.
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "tests/e2e/support/child.h"
#include "tests/support/http_wire.h"
#include "tests/support/temp_dir.h"

namespace stormproof::e2e {
namespace {

std::string write(const TempDir& dir, const std::string& name, const std::string& text) {
  std::ofstream(dir / name) << text;
  return (dir / name).string();
}

Ran proxy(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "proxy");
  return run_stormproof(std::move(arguments));
}

TEST(ProxyCommand, EveryMistakeOfTheCommandLineIsToldAndNothingIsStarted) {
  const Ran ran = proxy(
      {"--listen", "here", "--upstream", "there", "--api", "127.0.0.1:x", "--for", "5", "--config", "/nowhere/x.json"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "stormproof: error: /nowhere/x.json: cannot be read\n"
            "stormproof: error: --listen: address here: missing port in address\n"
            "stormproof: error: --upstream: address there: missing port in address\n"
            "stormproof: error: --api: address x: invalid port\n"
            "stormproof: error: --for: the duration '5' lacks a unit\n"
            "hint: stormproof proxy --help\n");
}

TEST(ProxyCommand, WhatContradictsItselfIsAMistake) {
  const std::string hint = "hint: stormproof proxy --help\n";
  EXPECT_EQ(proxy({"--listen", ":0"}).err, "stormproof: error: --listen: needs --upstream beside it\n" + hint);
  EXPECT_EQ(proxy({"--api", ":0", "-port", "1"}).err,
            "stormproof: error: --api: say either this or --host and --port\n" + hint);
  EXPECT_EQ(proxy({"--api", "none"}).err,
            "stormproof: error: there is nothing to do: neither a proxy nor the API is wanted\n" + hint);
  EXPECT_EQ(proxy({"--api", "unix:/tmp/x"}).err, "stormproof: error: --api: cannot be a Unix socket\n" + hint);
  const Ran slip = proxy({"--lisen", ":0"});
  EXPECT_EQ(slip.exit_code, 2);
  EXPECT_EQ(slip.err,
            "stormproof: error: unknown option '--lisen' of stormproof proxy\nhint: did you mean '--listen'?\n");
}

TEST(ProxyCommand, MistakesOfAConfigFileAreToldWithTheirPlaceAndNothingIsStarted) {
  const TempDir dir;
  const std::string toml = write(dir, "x.toml",
                                 "[[proxies]]\nname = \"a\"\nlisten = \"127.0.0.1:0\"\nupstream = \"127.0.0.1:1\"\n\n"
                                 "[[proxies]]\nname = \"b\"\n[[proxies.toxics]]\ntype = \"latancy\"\n");
  const Ran ran = proxy({"--config", toml});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "stormproof: error: " + toml + ":6: proxy 'b': missing required field: upstream\n" +
                         "stormproof: error: " + toml +
                         ":8: proxy 'b', toxic 1: invalid toxic type 'latancy'; did you mean 'latency'?\n" +
                         "hint: stormproof proxy --help\n");
}

TEST(ProxyCommand, APortInUseIs4WithTheWayOut) {
  const TestListener taken;
  const std::string hint = "\nhint: choose another address, or port 0 for a free one; `ss -ltnp` shows who has it\n";
  const Ran link = proxy({"--listen", taken.address(), "--upstream", "127.0.0.1:1", "--api", "127.0.0.1:0"});
  EXPECT_EQ(link.exit_code, 4);
  EXPECT_EQ(link.out, "");
  EXPECT_EQ(link.err, "stormproof: error: proxy 'proxy': listen tcp " + taken.address() +
                          ": bind: address already in use" + hint);
  const Ran api = proxy({"--api", taken.address()});
  EXPECT_EQ(api.exit_code, 4);
  EXPECT_EQ(api.out, "");
  EXPECT_EQ(api.err,
            "stormproof: error: the API: cannot listen on " + taken.address() + ": Address already in use" + hint);
}

TEST(ProxyCommand, EndsAfterTheTimeThatWasAskedForAndSaysWhatItDid) {
  const TempDir dir;
  const std::string config =
      write(dir, "x.json", R"([{"name":"off","listen":"localhost:0","upstream":"h:1","enabled":false}])");
  const Ran ran = proxy({"--config", config, "--api", "none", "--for", "20ms", "--seed", "7"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "seed 7\nproxy off: localhost:0 -> h:1 (disabled)\n");
  EXPECT_EQ(ran.err, "");
}

TEST(ProxyCommand, DrawsASeedAndTellsItFirst) {
  const Ran one = proxy({"--api", "127.0.0.1:0", "--for", "1ms"});
  const Ran two = proxy({"--api", "127.0.0.1:0", "--for", "1ms"});
  EXPECT_EQ(one.out.find("seed "), 0U);
  EXPECT_NE(one.out.substr(0, one.out.find('\n')), two.out.substr(0, two.out.find('\n')));
}

TEST(ProxyCommand, UnderstandsTheFlagsOfToxiproxysServer) {
  const TempDir dir;
  const std::string config = write(dir, "x.json", R"([{"name":"a","listen":"127.0.0.1:0","upstream":"h:1"}])");
  const TestListener freed;
  const std::string port = freed.address().substr(freed.address().rfind(':') + 1);
  const Ran taken = proxy({"-host", "127.0.0.1", "-port", port});
  EXPECT_EQ(taken.exit_code, 4);
  const Ran ran = proxy({"-host=127.0.0.1", "-port=0", "-config", config, "-seed=5", "-proxy-metrics",
                         "-runtime-metrics", "--for", "1ms"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out.find("seed 5\nproxy a: 127.0.0.1:"), 0U) << ran.out;
  EXPECT_NE(ran.out.find("\napi http://127.0.0.1:"), std::string::npos) << ran.out;
  const Ran version = proxy({"-version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out.find("stormproof "), 0U);
}

TEST(ProxyCommand, SignalsEndItInOrder) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    Child child(stormproof({"proxy", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--api", "127.0.0.1:0"}));
    ASSERT_TRUE(child.wait_for("api http://"));
    child.signal(signal);
    const Ran ran = child.wait();
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(ran.err, "");
  }
}

TEST(ProxyCommand, KilledItLeavesNothing) {
  const TempDir dir;
  Options options;
  options.cwd = dir.path();
  Child child(stormproof({"proxy", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1", "--api", "127.0.0.1:0",
                          "--threads", "3"}),
              options);
  ASSERT_TRUE(child.wait_for("api http://"));
  const std::string told = child.out();
  const auto port_after = [&](const std::string& word) {
    const auto at = told.find(word) + word.size();
    return std::stoi(told.substr(told.find_first_of("0123456789", told.find(':', at) + 1)));
  };
  const int link = port_after("proxy proxy");
  child.signal(SIGKILL);
  EXPECT_EQ(child.wait().exit_code, 128 + SIGKILL);
  EXPECT_TRUE(processes_left(dir.path().string(), std::chrono::seconds(5)).empty());
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  const std::string api = told.substr(told.find("api http://127.0.0.1:") + 21);
  EXPECT_TRUE(port_is_free(std::stoi(api)));
  EXPECT_FALSE(TestSocket::connect("127.0.0.1:" + std::to_string(link)).valid());
}

}  // namespace
}  // namespace stormproof::e2e
