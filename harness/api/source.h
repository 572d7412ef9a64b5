/// What ought to arrive: the harness's own model of the work, never the target's word.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "harness/api/kind_info.h"
#include "harness/api/recorder.h"
#include "harness/base/result.h"
#include "harness/base/rng.h"
#include "harness/model/scenario.h"

namespace stormproof {

struct SourceContext {
  Recorder& recorder;
  const Clock& clock;               ///< of the run
  Rng rng;                          ///< the source's own stream
  std::filesystem::path directory;  ///< private to the source, exists
  std::string run_id;               ///< goes into STORMPROOF_RUN of any process it starts, for the guard
};

class Source {
 public:
  virtual ~Source() = default;
  /// Before any target starts: makes files, opens ports. Fills the values behind {source.X}. May record operations.
  virtual Status prepare(std::map<std::string, std::string>& values) = 0;
  /// After all targets are ready: begins to push on a thread of its own. `params` are now fully expanded (links,
  /// ports).
  virtual Status start(const Params& params) = 0;
  /// True once everything was sent and every operation has its outcome (or, for a dataset, at once).
  virtual bool finished() const = 0;
  /// Asks it to stop and waits for its thread (at most a second). Open operations become info. Idempotent.
  virtual void stop() = 0;
};

struct SourceKind {
  SourceKindInfo info;
  std::unique_ptr<Source> (*make)(const SourceSpec& spec, const SourceContext& context) = nullptr;
};

}  // namespace stormproof
