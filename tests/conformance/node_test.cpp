// toxiproxy-node-client, as npm has it, against the program. CMake's install step leaves it in the build directory, or
// a file that says why it could not.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/conformance/program.h"
#include "tests/support/golden.h"

namespace stormproof::conformance {
namespace {

namespace fs = std::filesystem;

/// Empty: the client is there.
std::string why_not() {
  const fs::path missing = fs::path(STORMPROOF_NODE_DIR) / "missing.txt";
  return fs::exists(missing) ? read_file(missing) : "";
}

e2e::Ran run_node(const std::string& script, const std::string& api) {
  e2e::Options options;
  options.cwd = STORMPROOF_NODE_DIR;
  e2e::Child node({"node", fs::path(STORMPROOF_NODE_DIR) / script, "http://" + api}, options);
  return node.wait();
}

TEST(NodeClient, EveryCallIsAnsweredAsItExpects) {
  if (!why_not().empty()) GTEST_SKIP() << why_not();
  ProxyProgram program;
  const e2e::Ran ran = run_node("every_call.js", program.api());
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, "every call answered\n");
  EXPECT_EQ(program.stop().exit_code, 0);
}

TEST(NodeClient, AScriptWrittenForToxiproxyRunsUnmodified) {
  if (!why_not().empty()) GTEST_SKIP() << why_not();
  ProxyProgram program;
  const e2e::Ran ran = run_node("user_script.js", program.api());
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, "passes\nis slow\nis cut\nis reset\nis down\nis back\n");
  EXPECT_EQ(program.stop().exit_code, 0);
}

}  // namespace
}  // namespace stormproof::conformance
