/// Phrases that several reports share, so that a run is described in the same words everywhere. All text that came
/// from a target or a scenario is made printable() here; callers only escape for their format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/model/run_summary.h"

namespace stormproof {

/// ✓ ✗ ?
std::string_view symbol(Verdict verdict);
/// The verdict of a run as its mark in a matrix: unknown for runs that were not judged.
Verdict mark(const RunSummary& run);
/// True when an expectation was not met, or when there is none and the run does not pass.
bool is_trouble(const RunSummary& run);

/// "client-killed level=naive", with "(repetition 2)" from the second on.
std::string run_title(const RunSummary& run);
/// "pass" · "fail, as expected" · "pass, but fail was expected" · "not run: no such file".
std::string status_words(const RunSummary& run);
/// What else is known of a run that could not be judged, a line each: the last output of a target that never got ready.
std::vector<std::string> trouble_details(const RunSummary& run);
/// Kind and number of each sort of anomaly, most frequent first.
std::vector<std::pair<std::string, std::uint64_t>> anomaly_kinds(const RunSummary& run);
/// "lost 107, gap 3"; "" without anomalies.
std::string anomaly_words(const RunSummary& run);
/// "2000 attempted, 1893 effects, 107 lost".
std::string count_words(const Counts& counts);
/// "lost r-000017 (s-3 #17) by client/0 at 1.23s, fault kill: never took effect".
std::string anomaly_sentence(const Anomaly& anomaly);
/// Causes of unknown, of the run and of its invariants, without repetitions.
std::vector<std::string> unknown_causes(const RunSummary& run);

/// What the mark of a run in trouble means: "not as expected", or "needs attention" where nothing was expected.
std::string_view trouble_words(const CampaignSummary& campaign);

/// A JSON string literal of printable() text.
std::string json_text(std::string_view bytes);

/// How many runs of a campaign ended how.
struct Tally {
  std::size_t total = 0;
  std::size_t pass = 0, fail = 0, unknown = 0;  ///< effective(), not run ones apart
  std::size_t not_run = 0;                      ///< environment or interrupted
  std::size_t expected_failures = 0;            ///< part of `pass`: failed or unknown, and were meant to
};
Tally tally(const CampaignSummary& campaign);
/// "65 runs: 60 pass (20 of them fail as expected), 5 fail".
std::string tally_words(const Tally& tally);

}  // namespace stormproof
