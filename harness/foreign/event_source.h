/// A history that is pulled event by event.
#pragma once

#include <string>

#include "harness/history/history_reader.h"
#include "harness/model/event.h"

namespace stormproof {

class EventSource {
 public:
  virtual ~EventSource() = default;
  /// False at the end. The texts are valid until the next call. Blocks for the disk.
  virtual bool next(EventView& event) = 0;
  /// What was read and what was damaged so far.
  virtual const ReadReport& report() const = 0;
  /// errno of a failed read, 0 otherwise; a failed read looks like the end.
  virtual int error() const = 0;
};

}  // namespace stormproof
