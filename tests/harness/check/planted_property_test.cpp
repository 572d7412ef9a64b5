/// Found = planted, exactly: for each invariant, each kind of anomaly, each interleaving and each format.
#include <gtest/gtest.h>

#include <sstream>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/foreign/foreign.h"
#include "harness/history/json_lines.h"
#include "tests/harness/check/planted_history.h"
#include "tests/support/foreign_text.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

/// A read is one of a counter or of a log, which the history does not say: whoever asks knows.
bool is_meant(const InvariantResult& invariant, const Anomaly& anomaly) {
  if (invariant.name == "counter_bounds") return anomaly.key.starts_with("counter");
  return invariant.name != "fresh_reads" || anomaly.key.starts_with("log");
}

Truth found_in(const CheckResult& result) {
  Truth found;
  for (const InvariantResult& invariant : result.invariants) {
    for (const Anomaly& anomaly : invariant.anomalies) {
      if (is_meant(invariant, anomaly)) ++found[invariant.name + "/" + anomaly.kind];
    }
    EXPECT_EQ(invariant.anomalies.size(), invariant.anomalies_total)
        << "more than are listed: make the stories smaller";
  }
  return found;
}

std::string text_of(const Truth& truth) {
  std::ostringstream out;
  for (const auto& [what, count] : truth) out << what << " " << count << "\n";
  return out.str();
}

Truth judge(const std::vector<Event>& events) {
  static const auto kSpecs = parse_invariant_list(kPlantedInvariants).value();
  Checker checker(kSpecs, {});
  for (const Event& event : events) checker.on_event(event.view());
  return found_in(checker.finish({}));
}

std::string story_of(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) append_json_line(event.view(), text);
  return text;
}

TEST(PlantedAnomalies, AreFoundExactlyInTenThousandHistories) {
  constexpr std::uint64_t kCases = 10'000;
  Truth all;
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    Rng rng(seed);
    const PlantedHistory planted = planted_history(rng);
    const std::vector<Event> events = interleaved(planted, rng);
    ASSERT_EQ(text_of(judge(events)), text_of(planted.truth)) << "seed " << seed << "\n" << story_of(events);
    for (const auto& [what, count] : planted.truth) all[what] += count;
  }
  // The proof covers nothing that was never planted.
  EXPECT_EQ(all.size(), 24U) << text_of(all);
  for (const auto& [what, count] : all) EXPECT_GT(count, 200U) << what;
}

TEST(PlantedAnomalies, DoNotDependOnHowUnorderedEventsCame) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Rng rng(seed);
    const PlantedHistory planted = planted_history(rng);
    for (int i = 0; i < 3; ++i) ASSERT_EQ(text_of(judge(interleaved(planted, rng))), text_of(planted.truth)) << seed;
  }
}

TEST(PlantedAnomalies, DoNotDependOnTheFormat) {
  static const auto kSpecs = parse_invariant_list(kPlantedInvariants).value();
  const TempDir dir;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Rng rng(seed);
    const PlantedHistory planted = planted_history(rng);
    const std::vector<Event> events = interleaved(planted, rng);
    const std::vector<ForeignFile> files = {{write_csv(events, dir / "h.csv"), HistoryFormat::csv, {}},
                                            {write_lines(events, dir / "h.jsonl"), HistoryFormat::json, {}}};
    for (const ForeignFile& file : files) {
      Checker checker(kSpecs, {});
      auto source = open_foreign({file});
      ASSERT_TRUE(source.ok());
      const auto report = read_foreign(**source, [&](const EventView& event) { checker.on_event(event); });
      ASSERT_TRUE(report.ok()) << report.error().message;
      ASSERT_EQ(text_of(found_in(checker.finish(*report))), text_of(planted.truth)) << file.path << " seed " << seed;
    }
    const auto native = check_history_file(dir / "h.jsonl", kSpecs, {});
    ASSERT_TRUE(native.ok());
    ASSERT_EQ(text_of(found_in(*native)), text_of(planted.truth)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace stormproof
