// The whole conformance script against the rules alone, without a network. tests/conformance plays it against the
// program.
#include <gtest/gtest.h>

#include "harness/proxy/api_router.h"
#include "tests/conformance/script.h"
#include "tests/harness/proxy/recorded_kinds.h"
#include "tests/support/fake_link_host.h"

namespace stormproof {
namespace {

TEST(ApiScript, EveryReplyIsAsRecorded) {
  FakeLinkHost host;
  host.taken.insert("127.0.0.1:3999");
  const ToxicKinds kinds(recorded_kinds());
  ProxyCollection proxies(host, kinds, 1);
  const auto script = conformance::read_script(STORMPROOF_SOURCE_DIR "/tests/conformance/requests.script",
                                               {{"a", "3001"}, {"b", "3002"}, {"c", "3003"}, {"taken", "3999"}});
  conformance::play(script, [&](const conformance::Exchange& exchange) {
    HttpRequest request{exchange.method, exchange.target, "test", exchange.body};
    for (const std::string& header : exchange.headers) {
      if (header.starts_with("User-Agent: ")) request.user_agent = header.substr(12);
    }
    const HttpReply reply = answer(request, proxies);
    return conformance::Reply{reply.status, reply.content_type, reply.body};
  });
  EXPECT_TRUE(host.all.empty());
}

}  // namespace
}  // namespace stormproof
