/// pass | fail | unknown, merged as fail > unknown > pass, with the evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/model/event.h"

namespace stormproof {

enum class Verdict { pass, unknown, fail };  // in order of merging

inline Verdict merge(Verdict a, Verdict b) { return a > b ? a : b; }
std::string_view to_string(Verdict verdict);
std::optional<Verdict> verdict_from(std::string_view word);

/// One violation, with the smallest evidence that convinces.
struct Anomaly {
  std::string kind;  ///< lost duplicate phantom aborted_read corrupt reordered gap stalled unclean_exit ...
  std::string id;    ///< message, if it is about one
  std::string key;
  std::int64_t seq = EventView::kNoSeq;
  Nanos t{};            ///< when it became a violation (second effect, end of the run for lost, ...)
  std::string process;  ///< who did it, if known: "client/0"
  std::string
      fault;  ///< names of the faults in force (or most recently healed: "kill (healed 12ms before)"); may be empty
  std::string detail;  ///< one sentence
};

struct InvariantResult {
  std::string name;
  Verdict verdict = Verdict::pass;
  std::vector<Anomaly> anomalies;  ///< the first kAnomaliesKept of them
  std::uint64_t anomalies_total = 0;
  std::string unknown_because;  ///< when verdict is unknown
  static constexpr std::size_t kAnomaliesKept = 100;
};

struct Counts {
  std::uint64_t attempted = 0, acked = 0, failed = 0, info = 0;
  std::uint64_t effects = 0;    ///< all effect events
  std::uint64_t recovered = 0;  ///< info operations that took effect
  std::uint64_t lost = 0, duplicate = 0, phantom = 0, aborted_read = 0, corrupt = 0, reordered = 0, gap = 0;
};

}  // namespace stormproof
