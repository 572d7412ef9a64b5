/// Judges a history: feed it every event in order, once, then ask. Linear in the events; memory as message_table.h
/// says.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/api/checker.h"
#include "harness/base/result.h"
#include "harness/check/fault_timeline.h"
#include "harness/history/batch.h"
#include "harness/history/history_reader.h"
#include "harness/model/scenario.h"
#include "harness/model/verdict.h"

namespace stormproof {

class BatchSource;
class MessageStates;

struct CheckOptions {
  /// Only for histories without "drained" notes: how long after its acknowledgement, and after the last heal, a message
  /// must have had time to take effect before it is called lost.
  Nanos settle{};
  /// The history was written by another program: faults need not say whether they bit.
  bool foreign = false;
  /// For reading JSON lines; 0: one a core, at most four. The result does not depend on it.
  unsigned threads = 0;
  /// Bytes the bookkeeping may take; 0: four fifths of the memory that is free.
  std::uint64_t memory = 0;
};

struct CheckResult {
  Verdict verdict = Verdict::unknown;
  Counts counts;
  std::vector<InvariantResult> invariants;      ///< in the order of the specs
  std::vector<std::string> unknown_because;     ///< also filled when the verdict is fail
  std::vector<FaultObservation> faults;         ///< in the order of their first mention
  std::map<std::string, Nanos> fault_recovery;  ///< by fault name: from heal to the next effect, the longest
};

class Checker {
 public:
  /// `specs` name kinds of the catalog, with their parameters filled in (anything else is a programmer error).
  Checker(const std::vector<InvariantSpec>& specs, const CheckOptions& options);
  ~Checker();
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;

  void on_event(const EventView& event);
  /// How much the invariants have to see of a history with these traits (harness/api/checker.h).
  Sight sight(const HistoryTraits& traits) const;
  /// Plain operations and effects, in place of on_event for each: for invariants below Sight::every_event.
  void pass(std::span<const PlainEvent> events, MessageStates& states);
  /// After all events have passed: those of suspect messages once more, in order.
  void replay(const EventView& event);
  CheckContext& context();
  /// Once, at the end. `report`: what the reader of the history had to say about its condition.
  CheckResult finish(const ReadReport& report);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `threads` and `memory` chosen where they are 0.
CheckOptions with_defaults(CheckOptions options);

/// Calls on_event for each event, in order; what was read, or why it could not be.
using ReadEvents = std::function<Result<ReadReport>(const std::function<void(const EventView&)>& on_event)>;

/// Judges a history that can be read in both ways, the fast one where it can (README.md). Errors as in `read`, and an
/// environment error when it would take more memory than allowed.
Result<CheckResult> check_history(BatchSource& batches, const ReadEvents& read, const std::vector<InvariantSpec>& specs,
                                  const CheckOptions& options);

/// Reads and judges a stored history, the fast way where it can (README.md). Errors as in read_history, and an
/// environment error when it would take more memory than allowed; damage makes the verdict unknown, or
/// leaves it fail where what is there suffices to convict.
Result<CheckResult> check_history_file(const std::filesystem::path& path, const std::vector<InvariantSpec>& specs,
                                       const CheckOptions& options);

}  // namespace stormproof
