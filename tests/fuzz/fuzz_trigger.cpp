// The inside of `when = { ... }`: any text is answered; what is accepted prints to a trigger that means the same.
#include "harness/base/assert.h"
#include "harness/model/trigger_text.h"
#include "harness/scenario/scenario_reader.h"
#include "tests/fuzz/driver.h"
#include "tests/support/test_kinds.h"

namespace stormproof {

std::vector<std::string> fuzz_seeds() {
  return {R"(effects = "100..500", delay = "10ms")",
          R"(at = "1s..3s")",
          R"(every = "2s", occurrence = 3)",
          "sent = 5",
          R"(log = "a \"b\" [0-9]{2,3} \\S", on = "a", occurrence = 3)",
          R"(exits = 2, on = "a/1")",
          R"(exits = "a")",
          R"(after = "f", delay = "1s")",
          R"(bytes = "64KiB..2MiB", on = "l")",
          R"(connections = 2, on = "l")"};
}

std::vector<std::string> fuzz_words() {
  return {"at = ",    "every = ", "effects = ", "acked = ", "log = ", "bytes = ", "after = ",       "on = ",
          "delay = ", "\"1s\"",   "\"1..3\"",   "..",       ", ",     "\"",       "occurrence = 2", "9999999999999"};
}

}  // namespace stormproof

namespace {

stormproof::ScenarioFile read(const std::string& trigger) {
  return stormproof::read_scenario_text(
      "fuzz.toml",
      "name = \"f\"\ntimeout = \"2000h\"\n[targets.a]\ncommand = [\"true\"]\nreplicas = 2\nports = [\"p\"]\n"
      "[links.l]\nto = \"a:p\"\n[source]\nkind = \"http\"\nurl = \"x\"\n[witness.w]\nkind = \"http\"\n"
      "[[faults]]\nname = \"f\"\nkind = \"term\"\ntarget = \"a\"\nwhen = { at = \"1s\" }\n"
      "[[faults]]\nkind = \"kill\"\ntarget = \"a/any\"\nwhen = { " +
          trigger + " }\n",
      stormproof::test_kinds(), {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  const ScenarioFile file = read(std::string(reinterpret_cast<const char*>(data), size));
  if (!file.ok() || file.cells.size() != 1 || file.cells[0].faults.size() != 2) return 0;
  const TriggerSpec& trigger = file.cells[0].faults[1].when;
  if (trigger.target == "a/any") return 0;  // the fault's own target, which cannot be written as `on`
  const std::string printed = print_trigger(trigger);
  const ScenarioFile back = read(printed);
  STORMPROOF_ASSERT(back.ok(), "a printed trigger reads back");
  STORMPROOF_ASSERT(print_trigger(back.cells[0].faults[1].when) == printed, "and it is the same trigger");
  return 0;
}
