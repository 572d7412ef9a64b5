/// Any bytes as a map for foreign histories: understood or refused with a reason.
#include <cstdlib>

#include "harness/cli/map_file.h"
#include "tests/fuzz/driver.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  return {
      "format = \"csv\"\ntime = \"ms\"\nseparator = \";\"\n[fields]\nid = \"order.id\"\n[types]\n\"SENT\" = \"send\"\n"
      "[constants]\nby = \"shop\"\n",
      R"({"time":"us","fields":{"id":"a.b","t":"when"},"types":{"x":"effect"}})"};
}

std::vector<std::string> fuzz_words() {
  return {"[fields]", "[types]", "[constants]", "id", "=", "\"", "{", "}", "[", "send", "format", "\n", "separator"};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  const auto map = parse_map("map", std::string_view(reinterpret_cast<const char*>(data), size));
  if (!map && (map.error().message.empty() || map.error().code != ErrorCode::usage)) std::abort();
  return 0;
}
