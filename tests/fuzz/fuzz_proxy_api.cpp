// Requests to the API of the fault proxy: "METHOD TARGET\nBODY", several parted by "\n\n". Whatever comes, each is
// answered with a document, and the collection can be shown afterwards.
#include <nlohmann/json.hpp>

#include "harness/base/assert.h"
#include "harness/base/text.h"
#include "harness/proxy/api_router.h"
#include "tests/fuzz/driver.h"
#include "tests/harness/proxy/recorded_kinds.h"
#include "tests/support/fake_link_host.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  return {
      "POST /proxies\n{\"name\":\"a\",\"upstream\":\"h:1\",\"listen\":\"127.0.0.1:1\"}\n\n"
      "POST /proxies/a/toxics\n{\"type\":\"latency\",\"attributes\":{\"latency\":5}}\n\n"
      "PATCH /proxies/a/toxics/latency_downstream\n{\"toxicity\":0.5}\n\nPATCH /proxies/a\n{\"listen\":\":2\"}\n\n"
      "POST /reset\n\n\nDELETE /proxies/a\n",
      "POST "
      "/populate\n[{\"name\":\"a\",\"upstream\":\"h:1\",\"toxics\":[{\"type\":\"corrupt\",\"attributes\":{\"at\":7}}]}]"
      "\n\n"
      "GET /metrics\n\n\nGET /proxies/%61/toxics\n\n\nPOST "
      "/proxies/a/toxics\n{\"type\":\"deadline\",\"attributes\":{\"deadline\":\"1s\"}}",
  };
}

std::vector<std::string> fuzz_words() {
  return {"null",
          "{}",
          "[]",
          "-1",
          "1e400",
          "9223372036854775808",
          "%2F",
          "%",
          "http://",
          "\"enabled\":false",
          "\\ud800",
          "\"stream\":\"upstream\"",
          "\"toxics\":[{\"type\":\"noop\"}]",
          "unix:",
          "[::1]:0",
          "\"bandwidth\"",
          "\"slicer\""};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  FakeLinkHost host;
  const ToxicKinds kinds(recorded_kinds());
  ProxyCollection proxies(host, kinds, 1);
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::string_view block = rest.substr(0, rest.find("\n\n"));
    rest.remove_prefix(std::min(rest.size(), block.size() + 2));
    const std::string_view line = block.substr(0, block.find('\n'));
    const auto space = std::min(line.find(' '), line.size());
    const HttpRequest request{std::string(line.substr(0, space)),
                              std::string(line.substr(std::min(line.size(), space + 1))), "fuzz",
                              std::string(block.substr(std::min(block.size(), line.size() + 1)))};
    const HttpReply reply = answer(request, proxies);
    STORMPROOF_ASSERT(reply.status >= 200 && reply.status < 600, "a reply has a status");
    if (reply.content_type == "application/json") {
      STORMPROOF_ASSERT(nlohmann::json::accept(reply.body), "what is called JSON is JSON");
    }
  }
  STORMPROOF_ASSERT(nlohmann::json::accept(answer({"GET", "/proxies", "", ""}, proxies).body), "all can be shown");
  return 0;
}
