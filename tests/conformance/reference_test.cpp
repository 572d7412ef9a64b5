// requests.script against Toxiproxy itself, where a toxiproxy-server is on the PATH: the script says what it does.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/conformance/program.h"
#include "tests/conformance/script.h"
#include "tests/support/eventually.h"
#include "tests/support/http_wire.h"

namespace stormproof::conformance {
namespace {

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (std::filesystem::exists(rest.substr(0, colon) + '/' + program)) return true;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

TEST(Reference, SaysWhatTheScriptSays) {
  if (!on_path("toxiproxy-server")) GTEST_SKIP() << "there is no toxiproxy-server on the PATH";
  const std::string port = free_port();
  const std::string api = "127.0.0.1:" + port;
  e2e::Child server({"toxiproxy-server", "-host", "127.0.0.1", "-port", port});
  ASSERT_TRUE(eventually([&] { return TestSocket::connect(api).valid(); }));
  const TestListener taken;
  auto script = read_script(kScript, script_values(taken));
  std::erase_if(script, [](const Exchange& exchange) {
    return exchange.where.find("(beyond Toxiproxy") != std::string::npos || exchange.target.starts_with("/version");
  });
  play(script, [&](const Exchange& exchange) { return ask(api, exchange); });
}

}  // namespace
}  // namespace stormproof::conformance
