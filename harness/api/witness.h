/// Where effects are observed: outside the target, or in its durable store, read by the harness.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "harness/api/kind_info.h"
#include "harness/api/recorder.h"
#include "harness/base/result.h"
#include "harness/model/scenario.h"

namespace stormproof {

struct WitnessContext {
  std::string name;  ///< [witness.NAME]; recorded as `by` unless the effect names its own process
  Recorder& recorder;
  const Clock& clock;
  std::filesystem::path directory;  ///< private, exists
  std::string run_id;               ///< goes into STORMPROOF_RUN of any process it starts, for the guard
};

/// open, poll and drain are called from one harness thread (not the event loop); they may block on I/O.
class Witness {
 public:
  virtual ~Witness() = default;
  /// Before any target starts. Returns the address it listens on, or "".
  virtual Result<std::string> open() = 0;
  /// With all placeholders expanded, once they are known, still before targets start.
  virtual Status configure(const Params& params) = 0;
  /// While running, about every 10 ms: record what is new. Trouble here is not yet final (the store may not exist yet).
  virtual Status poll() = 0;
  /// After the targets have stopped: the complete read. Trouble makes the verdict unknown; trouble with the machine (an
  /// environment error: the store is locked, or no store at all) besides ends the run with exit status 4, unless what
  /// was seen convicts. A usage error: what ought to be read is not there.
  virtual Status drain() = 0;
  /// A line of output of a target's replica, from the harness (witness kind `log`). Any thread.
  virtual void on_line(const std::string& process, std::string_view line) { (void)process, (void)line; }
};

struct WitnessKind {
  WitnessKindInfo info;
  std::unique_ptr<Witness> (*make)(const WitnessSpec& spec, const WitnessContext& context) = nullptr;
};

}  // namespace stormproof
