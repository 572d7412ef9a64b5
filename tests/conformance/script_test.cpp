// requests.script against the program itself.
#include "tests/conformance/script.h"

#include <gtest/gtest.h>

#include "tests/conformance/program.h"
#include "tests/support/http_wire.h"

namespace stormproof::conformance {
namespace {

TEST(Script, EveryReplyIsAsRecorded) {
  ProxyProgram program;
  const TestListener taken;
  play(read_script(kScript, script_values(taken)), [&](const Exchange& exchange) {
    WireReply wire;
    const Reply reply = ask(program.api(), exchange, &wire);
    EXPECT_EQ(wire.headers.count("x-toxiproxy-request-id"), 1U);
    const bool error_text = reply.content_type == "text/plain; charset=utf-8";
    EXPECT_EQ(wire.headers.count("x-content-type-options"), error_text ? 1U : 0U);
    return reply;
  });
  const e2e::Ran ran = program.stop();
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.err, "");
}

}  // namespace
}  // namespace stormproof::conformance
