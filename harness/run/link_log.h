/// What happened to the connections of the links, as notes in the history: opened, closed, reset, and for each fault
/// with a `probability` whom its draw struck and whom it spared.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "harness/api/link.h"
#include "harness/api/recorder.h"

namespace stormproof {

class LinkLog {
 public:
  /// `recorder` outlives the log.
  explicit LinkLog(Recorder& recorder) : recorder_(recorder) {}

  /// The draws of this fault are told from now on, under its name; "" for one that leaves nothing to chance. Any
  /// thread; before the fault is armed.
  void tell_draws_of(const LinkFault* fault, std::string name);
  /// On a proxy's thread; does not wait for anything but other calls of this object.
  void on_event(const LinkEvent& event);

 private:
  void record(const LinkEvent& event, std::string_view what);

  Recorder& recorder_;
  std::mutex mutex_;
  std::map<const LinkFault*, std::string> names_;
};

}  // namespace stormproof
