// TOML -> Scenario -> Plan -> JSON -> Plan: any text is answered, and what is accepted survives the whole way.

#include <filesystem>

#include "harness/base/assert.h"
#include "harness/plan/plan_json.h"
#include "harness/plan/planner.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "tests/fuzz/driver.h"
#include "tests/harness/scenario/sample.h"
#include "tests/support/golden.h"
#include "tests/support/test_kinds.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds{std::string(kSample)};
  for (const auto& mistake : golden_cases("scenario_errors")) seeds.push_back(read_file(mistake / "input.toml"));
  return seeds;
}

std::vector<std::string> fuzz_words() {
  return {"\n",      "\"",           "\"\"\"",
          "[[",      "]]",           "{",
          "}",       "{{",           "=",
          ".",       "..",           "1..2",
          "0",       "-1",           "1e99",
          "nan",     "1979-05-27",   "9223372036854775807",
          "10ms",    "1.5GiB",       "{params.level}",
          "{self}",  "[a.b.c]\n",    "x = 1\n",
          "\\u0000", "\xff",         "\xc3\xa4",
          "(a+)+b",  "[[faults]]\n", "when = { at = \"1s\" }\n"};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  const ScenarioFile file =
      read_scenario_text("fuzz.toml", std::string(reinterpret_cast<const char*>(data), size), test_kinds(), {});
  STORMPROOF_ASSERT(render(file).empty() == file.ok(), "every mistake is shown, and only mistakes are");
  if (!file.ok()) return 0;
  for (std::size_t i = 0; i < file.cells.size() && i < 3; ++i) {
    const std::string json = plan_to_json(make_plan(file.cells[i], size));
    const Result<Plan> back = plan_from_json(json, test_kinds());
    STORMPROOF_ASSERT(back.ok(), "an accepted scenario gives a plan that reads back");
    STORMPROOF_ASSERT(plan_to_json(*back) == json, "and it is the same plan");
  }
  return 0;
}
