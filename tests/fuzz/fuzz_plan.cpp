// plan.json -> Plan: any text is answered; what is accepted is written back the same.
#include "harness/base/assert.h"
#include "harness/plan/plan_json.h"
#include "tests/fuzz/driver.h"
#include "tests/support/golden.h"
#include "tests/support/test_kinds.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const auto& plan : golden_cases("plans")) seeds.push_back(read_file(plan / "expected.json"));
  return seeds;
}

std::vector<std::string> fuzz_words() {
  return {"null",   "{}",      "[]",           "-1", "1e400", "18446744073709551616", "\"where\": \"1:1-1:2\",",
          "\"1s\"", "\\ud800", "\"until\": {}"};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  const Result<Plan> plan = plan_from_json({reinterpret_cast<const char*>(data), size}, test_kinds());
  if (!plan) return 0;
  const std::string json = plan_to_json(*plan);
  const Result<Plan> back = plan_from_json(json, test_kinds());
  STORMPROOF_ASSERT(back.ok() && plan_to_json(*back) == json, "a plan that was read can be written and read again");
  return 0;
}
