#include "harness/check/live_check.h"

namespace stormproof {

LiveCheck::Running LiveCheck::counted(const Message& message) {
  Running running;
  if (message.acked() && message.effects == 0) running.missing = 1;
  if (message.attempted() && message.copies > 1) running.duplicates = message.copies - 1;
  return running;
}

void LiveCheck::on_event(const EventView& event) {
  context_.begin(event);
  if (context_.current() == nullptr) return context_.apply(event);
  const Running before = counted(*context_.current());
  context_.apply(event);
  const Running after = counted(*context_.current());
  missing_ += after.missing - before.missing;
  duplicates_ += after.duplicates - before.duplicates;
}

}  // namespace stormproof
