/// Every accident in tests/golden/verdicts: what happened as a text history, and the whole judgement.
#include <gtest/gtest.h>

#include "harness/base/units.h"
#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "tests/harness/check/render_result.h"
#include "tests/support/golden.h"
#include "tests/support/text_history.h"

namespace stormproof {
namespace {

struct Judgement {
  std::vector<InvariantSpec> specs;
  CheckOptions options;
  ReadReport report;
};

/// "damaged=512 line 7 is ...", "dropped=3", "torn"
void set_report(const std::string& text, ReadReport& report) {
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string first = text.substr(0, space);
  if (first.rfind("damaged=", 0) == 0) report.damaged_bytes = std::stoull(first.substr(8));
  if (first.rfind("dropped=", 0) == 0) report.dropped = std::stoull(first.substr(8));
  if (first == "torn") report.torn_tail = true;
  if (space < text.size()) report.damage = text.substr(space + 1);
}

Judgement directives(const TextHistory& history) {
  Judgement judgement;
  for (const auto& [name, value] : history.directives) {
    if (name == "foreign") judgement.options.foreign = true;
    if (name == "settle") judgement.options.settle = parse_duration(value).value();
    if (name == "report") set_report(value, judgement.report);
    if (name != "check") continue;
    auto specs = parse_invariant_list(value);
    EXPECT_TRUE(specs.ok()) << specs.error().message;
    judgement.specs = std::move(specs).value();
  }
  return judgement;
}

TEST(Verdicts, AreTheGoldenOnesForEveryAccident) {
  for (const auto& directory : golden_cases("verdicts")) {
    SCOPED_TRACE(directory.filename().string());
    const TextHistory history = parse_text_history(read_file(directory / "history.txt"));
    const Judgement judgement = directives(history);
    Checker checker(judgement.specs, judgement.options);
    for (const Event& event : history.events) checker.on_event(event.view());
    expect_golden(directory / "expected.txt", render_result(checker.finish(judgement.report)));
  }
}

}  // namespace
}  // namespace stormproof
