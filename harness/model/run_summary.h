/// What reports are made of. Reports never ask; they get these values and, for timelines, the history file beside them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/scenario.h"
#include "harness/model/verdict.h"

namespace stormproof {

struct FaultSummary {
  std::string name;
  std::string kind;
  std::string on;    ///< "client/0" or "link feed"
  std::string when;  ///< trigger in words: "effects = 500"
  bool armed = true;
  bool fired = false;
  std::uint64_t hits = 0;
  std::optional<Nanos> injected_at;
  std::optional<Nanos> healed_at;
  std::optional<Nanos> recovery;  ///< heal -> next effect
};

struct ProcessSummary {
  std::string name;  ///< "client/0"
  int restarts = 0;
  std::string last_state;  ///< "exited Error code=1", "stopped by harness", ...
  std::string limits_by;   ///< "cgroup v1", "cgroup v2", "rlimit", "" when unlimited
  bool unasked_exit = false;
  std::string stdout_log;  ///< relative to the run directory
  std::string stderr_log;
};

struct LinkSummary {
  std::string name;
  std::uint64_t connections = 0;
  std::uint64_t upstream_bytes = 0;
  std::uint64_t downstream_bytes = 0;
};

/// How a run ended for the harness itself.
enum class RunOutcome {
  completed,    ///< judged
  environment,  ///< could not be run: exit 4; `trouble` says why
  interrupted,  ///< Ctrl-C
};

struct RunSummary {
  std::string scenario;  ///< its name
  std::string scenario_file;
  std::string description;
  Cell cell;
  std::uint64_t seed = 0;
  int repeat = 1;  ///< --repeat: 1-based number of this repetition
  RunOutcome outcome = RunOutcome::completed;
  std::string trouble;  ///< environment outcome: message
  std::string hint;     ///< and remedy

  Verdict verdict = Verdict::unknown;  ///< of the invariants
  std::optional<Verdict> expected;     ///< [[expect]], unless --no-expect
  std::vector<std::string> expected_anomalies;
  bool as_expected = true;    ///< meaningful with `expected`
  std::string expect_detail;  ///< "expected fail (lost), got pass"

  Counts counts;
  std::vector<InvariantResult> invariants;
  std::vector<FaultSummary> faults;
  std::vector<ProcessSummary> processes;
  std::vector<LinkSummary> links;
  std::vector<std::string> unknown_because;
  std::vector<std::string> notes;  ///< overlapping faults, limits mechanism, ...
  Nanos duration{};
  std::string reproduce;  ///< "stormproof replay out/client-killed/level=naive"
  std::filesystem::path run_dir;

  /// What this run contributes to the exit status and to the colour of its cell: with an expectation, whether it was
  /// met (pass or fail); without, the verdict.
  Verdict effective() const;
};

/// What a campaign proved of one invariant, for faults of one kind that struck in one phase of operation.
struct ScoreCell {
  enum class State { pass, fail, unknown, not_exercised };

  std::string phase;  ///< an OperationPhase: "received-unstored"
  std::string fault;  ///< kind: "kill"
  std::string invariant;
  State state = State::not_exercised;
  std::uint64_t runs = 0;  ///< in which such a fault met that phase while the invariant was judged
};

struct CampaignSummary {
  std::vector<RunSummary> runs;  ///< in plan order, whatever finished first
  std::vector<ScoreCell> score;  ///< filled by `stormproof report`; empty: not asked for
  double started_at = 0;         ///< seconds since the Unix epoch
  Nanos duration{};
  std::string command_line;
  std::string version;
  std::filesystem::path directory;  ///< where the campaign's reports go; run directories lie below it
};

}  // namespace stormproof
