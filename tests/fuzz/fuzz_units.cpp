// Durations, sizes and rates: any text is answered; what is accepted prints to a text that means the same.
#include <string_view>

#include "harness/base/assert.h"
#include "harness/base/units.h"
#include "tests/fuzz/driver.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  return {"200ms", "1.5GiB", "8Mbit/s", "9223372036854775807ns", "0.1us", "1h", "0B", "3bit/s"};
}

std::vector<std::string> fuzz_words() {
  return {"e", ".", "-", "0", "9", "ns", "us", "ms", "s", "m", "h", "KiB", "bit/s", "1e18", "nan", "inf", " "};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const Result<Nanos> value = parse_duration(text)) {
    STORMPROOF_ASSERT(value->count() >= 0, "durations are not negative");
    STORMPROOF_ASSERT(*parse_duration(print_duration(*value)) == *value, "durations read back");
  }
  if (const auto value = parse_size(text)) STORMPROOF_ASSERT(*parse_size(print_size(*value)) == *value, "sizes too");
  if (const auto value = parse_rate(text)) STORMPROOF_ASSERT(*parse_rate(print_rate(*value)) == *value, "rates too");
  return 0;
}
