// Laws of the reader: whatever the text, it answers; what it accepts can be printed and read again.
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "harness/model/trigger_text.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "tests/harness/scenario/sample.h"
#include "tests/support/test_kinds.h"

namespace stormproof {
namespace {

/// Cuts, repeats, swaps and overwrites parts of a text.
std::string mutate(std::string text) {
  const int edits = *rc::gen::inRange(1, 6);
  for (int i = 0; i < edits && !text.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(40, text.size() - at) + 1);
    const std::string piece = text.substr(at, length);
    switch (*rc::gen::inRange(0, 4)) {
      case 0: text.erase(at, length); break;
      case 1: text.insert(*rc::gen::inRange<std::size_t>(0, text.size()), piece); break;
      case 2: text[at] = *rc::gen::element('"', '[', ']', '{', '}', '=', '\n', '.', '0', '-', 'x', '\xff'); break;
      default: text.insert(at, *rc::gen::element<std::string>("{params.", "..", "[[", "999999999999", "\"\"\"", "1e9"));
    }
  }
  return text;
}

RC_GTEST_PROP(ScenarioProperty, AnyMutationIsReadOrDiagnosedAndEveryDiagnosticCanBeShown, ()) {
  const std::string text = mutate(std::string(kSample));
  const ScenarioFile file = read_scenario_text("mutant.toml", text, test_kinds(), {});
  RC_ASSERT(file.ok() == render(file).empty());
  RC_ASSERT(file.ok() != file.cells.empty());
  for (const Diagnostic& diagnostic : file.diagnostics) RC_ASSERT(!diagnostic.message.empty());
}

TriggerSpec any_trigger() {
  using Kind = TriggerSpec::Kind;
  TriggerSpec trigger;
  trigger.kind = *rc::gen::element(Kind::at, Kind::every, Kind::effects, Kind::sent, Kind::acked, Kind::log,
                                   Kind::exits, Kind::after, Kind::bytes, Kind::connections);
  const bool range = *rc::gen::arbitrary<bool>();
  switch (trigger.kind) {
    case Kind::at:
    case Kind::every:
      trigger.time = Nanos(*rc::gen::inRange<std::int64_t>(1, 20'000'000'000));
      if (range && trigger.kind == Kind::at) {
        trigger.time_max = trigger.time + Nanos(*rc::gen::inRange<std::int64_t>(1, 20'000'000'000));
      }
      break;
    case Kind::log:
      trigger.pattern = *rc::gen::container<std::string>(rc::gen::element('a', ' ', '"', '.', 'Z', '\'', '#', ','));
      trigger.target = *rc::gen::element<std::string>("a", "a/0", "a/1");
      trigger.occurrence = *rc::gen::inRange(1, 1000);
      break;
    case Kind::after: trigger.fault = "f"; break;
    default:
      trigger.count = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
      if (range) trigger.count_max = trigger.count + *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
  }
  if (trigger.kind == Kind::exits) trigger.target = *rc::gen::element<std::string>("a", "a/0", "a/1");
  if (trigger.kind == Kind::bytes || trigger.kind == Kind::connections) trigger.link = "l";
  trigger.delay = Nanos(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000));
  return trigger;
}

RC_GTEST_PROP(ScenarioProperty, ATriggerThatIsPrintedReadsBackTheSame, ()) {
  const TriggerSpec trigger = any_trigger();
  const std::string printed = print_trigger(trigger);
  const ScenarioFile file = read_scenario_text(
      "t.toml",
      "name = \"t\"\ntimeout = \"10m\"\n[targets.a]\ncommand = [\"true\"]\nreplicas = 2\nports = [\"p\"]\n"
      "[links.l]\nto = \"a:p\"\n[source]\nkind = \"http\"\nurl = \"x\"\n[witness.w]\nkind = \"http\"\n"
      "[[faults]]\nname = \"f\"\nkind = \"term\"\ntarget = \"a\"\nwhen = { at = \"1s\" }\n"
      "[[faults]]\nname = \"g\"\nkind = \"kill\"\ntarget = \"a\"\nwhen = { " +
          printed + " }\n",
      test_kinds(), {});
  RC_LOG() << printed << "\n" << render(file);
  RC_ASSERT(file.ok());
  const TriggerSpec& back = file.cells.at(0).faults.at(1).when;
  RC_ASSERT(print_trigger(back) == printed);
  RC_ASSERT(back.time == trigger.time && back.time_max == trigger.time_max);
  RC_ASSERT(back.count == trigger.count && back.count_max == trigger.count_max);
  RC_ASSERT(back.pattern == trigger.pattern && back.delay == trigger.delay);
}

}  // namespace
}  // namespace stormproof
