// The config file of the fault proxy, JSON and TOML: any text is read or refused with a reason, and what was read can
// be shown and read again.
#include "harness/base/assert.h"
#include "harness/proxy/config.h"
#include "harness/proxy/documents.h"
#include "tests/fuzz/driver.h"
#include "tests/harness/proxy/recorded_kinds.h"
#include "tests/support/golden.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const auto& config : golden_cases("proxy_config")) {
    const auto json = config / "input.json";
    seeds.push_back(read_file(std::filesystem::exists(json) ? json : config / "input.toml"));
  }
  return seeds;
}

std::vector<std::string> fuzz_words() {
  return {"[[proxies]]",
          "[[proxies.toxics]]",
          "type = \"slicer\"",
          "nan",
          "-inf",
          "1e400",
          "null",
          "\"toxics\":[",
          "{}",
          "attributes = {}",
          "\"\"\"",
          "1979-05-27",
          "9223372036854775808"};
}

namespace {
void try_as(std::string_view text, ConfigFormat format, const ToxicKinds& kinds) {
  const auto config = read_config(text, format, kinds);
  const auto* proxies = std::get_if<std::vector<ProxySpec>>(&config);
  if (proxies == nullptr) {
    STORMPROOF_ASSERT(!std::get<std::vector<ConfigMistake>>(config).empty(), "a refusal has a reason");
    return;
  }
  std::string json = "[";
  for (const ProxySpec& proxy : *proxies) {
    if (json.size() > 1) json += ',';
    append_proxy(json, proxy);
  }
  json += ']';
  const auto again = read_config(json, ConfigFormat::json, kinds);
  STORMPROOF_ASSERT(std::holds_alternative<std::vector<ProxySpec>>(again), "what was read can be written and read");
}
}  // namespace

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  static const ToxicKinds kinds(recorded_kinds());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_as(text, ConfigFormat::json, kinds);
  try_as(text, ConfigFormat::toml, kinds);
  return 0;
}
