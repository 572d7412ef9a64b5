#include "harness/check/checker.h"

#include <gtest/gtest.h>

#include <fstream>

#include "harness/base/units.h"
#include "harness/check/catalog.h"
#include "harness/check/invariant_list.h"
#include "harness/check/message_table.h"
#include "tests/support/temp_dir.h"
#include "tests/support/text_history.h"

namespace stormproof {
namespace {

TEST(Checker, AFloodOfOneKindDoesNotHideAnother) {
  const TextHistory history = parse_text_history(
      "0.010 source send m-{1..150}\n"
      "0.200 store effect m-150\n"
      "0.210 store effect m-150\n"
      "0.220 store effect ghost\n");
  Checker checker(parse_invariant_list("exactly_once").value(), {});
  for (const Event& event : history.events) checker.on_event(event.view());
  const CheckResult result = checker.finish({});
  const InvariantResult& found = result.invariants.front();
  EXPECT_EQ(found.anomalies_total, 149U + 1U + 1U);
  EXPECT_EQ(found.anomalies.size(), InvariantResult::kAnomaliesKept);
  const auto kept = [&](std::string_view kind) {
    return std::count_if(found.anomalies.begin(), found.anomalies.end(),
                         [&](const Anomaly& a) { return a.kind == kind; });
  };
  EXPECT_EQ(kept("duplicate"), 1);
  EXPECT_EQ(kept("phantom"), 1);
  EXPECT_EQ(kept("lost"), 98);
}

TEST(Checker, ForeignJsonLinesWithADuplicateFail) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << R"({"type":"invoke","id":1}
{"type":"ok","id":1}
{"type":"effect","id":1,"by":"consumer-1"}
{"type":"effect","id":1,"by":"consumer-2"}
)";
  CheckOptions options;
  options.foreign = true;
  const auto result = check_history_file(dir / "h.jsonl", parse_invariant_list("exactly_once").value(), options);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::fail);
  EXPECT_EQ(result->invariants[0].anomalies[0].process, "consumer-2");
}

TEST(Checker, DamagedLineMakesPassUnknown) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << R"({"type":"invoke","id":1}
{"type":"ok","id":1}
{"type":"effect","id":1}
garbage
)";
  const auto result = check_history_file(dir / "h.jsonl", parse_invariant_list("exactly_once").value(), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::unknown);
  EXPECT_EQ(
      result->unknown_because,
      (std::vector<std::string>{"the history is damaged, 7 bytes dropped in 1 line: line 4 is not a JSON object"}));
}

TEST(Checker, EmptyFileIsUnknown) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << "";
  const auto result = check_history_file(dir / "h.jsonl", parse_invariant_list("exactly_once").value(), {});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->verdict, Verdict::unknown);
}

TEST(Catalog, IsSortedAndEveryKindCanBeMadeFromItsDefaults) {
  std::string_view last;
  for (const InvariantKind* kind : invariant_kinds()) {
    EXPECT_LT(last, kind->info.name);
    last = kind->info.name;
    const auto specs = parse_invariant_list(kind->info.name);
    ASSERT_TRUE(specs.ok()) << kind->info.name;
    EXPECT_NE(kind->make(specs->front().params), nullptr);
  }
}

TEST(InvariantList, ReadsShorthandAndParameters) {
  const auto specs = parse_invariant_list("exactly_once, in_order:stream,progress:3s:under_fault=true");
  ASSERT_TRUE(specs.ok()) << specs.error().message;
  ASSERT_EQ(specs->size(), 3U);
  EXPECT_EQ((*specs)[0].params.duration("skew"), std::chrono::seconds(1));
  EXPECT_EQ((*specs)[1].params.text("by"), "stream");
  EXPECT_EQ((*specs)[2].params.duration("within"), std::chrono::seconds(3));
  EXPECT_TRUE((*specs)[2].params.boolean("under_fault"));
}

TEST(InvariantList, EveryMistakeHasItsSentence) {
  struct Row {
    const char* text;
    const char* message;
    const char* hint;
  };
  const Row rows[] = {
      {"", "an invariant's name is missing in \"\"", "write names separated by commas: exactly_once,in_order:key"},
      {"no_loss,,no_gaps", "an invariant's name is missing in \"no_loss,,no_gaps\"",
       "write names separated by commas: exactly_once,in_order:key"},
      {"exactly_onc", "there is no invariant \"exactly_onc\"", "did you mean exactly_once?"},
      {"no_loss:3s", "no_loss takes no value: \"3s\"", "write no_loss alone, or no_loss:parameter=value"},
      {"recovery:withn=3s", "recovery has no parameter \"withn\"", "did you mean within?"},
      {"no_loss:x=1", "no_loss has no parameter \"x\"", "it has none"},
  };
  for (const Row& row : rows) {
    const auto specs = parse_invariant_list(row.text);
    ASSERT_FALSE(specs.ok()) << row.text;
    EXPECT_EQ(specs.error().code, ErrorCode::usage);
    EXPECT_EQ(specs.error().message, row.message);
    EXPECT_EQ(specs.error().hint, row.hint);
  }
  EXPECT_FALSE(parse_invariant_list("recovery:3").ok());
  EXPECT_FALSE(parse_invariant_list("in_order:sideways").ok());
}

TEST(MessageTable, FindsEveryIdAgainAfterGrowing) {
  MessageTable table;
  for (std::uint32_t i = 0; i < 20000; ++i) ASSERT_EQ(table.intern("m-" + std::to_string(i)), i);
  for (std::uint32_t i = 0; i < 20000; ++i) ASSERT_EQ(table.find("m-" + std::to_string(i)), i);
  EXPECT_EQ(table.find("m-20000"), MessageTable::kNone);
  EXPECT_EQ(table.intern(std::string(1U << 20U, 'x')), 20000U);
  EXPECT_EQ(table[20000].id().size(), 1U << 20U);
}

}  // namespace
}  // namespace stormproof
