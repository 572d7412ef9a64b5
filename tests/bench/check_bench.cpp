/// How fast a history of a million messages is judged, and what the message table costs.
#include <sys/resource.h>

#include <cstdio>
#include <string>

#include "harness/base/clock.h"
#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"

int main() {
  using namespace stormproof;
  constexpr std::uint64_t kMessages = 1'000'000;
  const SteadyClock clock;
  Checker checker(parse_invariant_list("exactly_once,in_order,no_gaps,recovery,progress").value(), {});
  const Nanos start = clock.now();
  const EventType types[] = {EventType::invoke, EventType::ok, EventType::effect};
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    const std::string id = "message-" + std::to_string(i);
    for (const EventType type : types) {
      EventView event;
      event.t = Nanos(static_cast<std::int64_t>(i));
      event.type = type;
      event.id = id;
      event.key = "s-1";
      event.seq = static_cast<std::int64_t>(i);
      event.digest = "0123456789abcdef";
      event.by = "source";
      checker.on_event(event);
    }
  }
  const CheckResult result = checker.finish({});
  const double seconds = std::chrono::duration<double>(clock.now() - start).count();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("checker, 5 invariants: %.2f million events a second, %.0f bytes a message, verdict %s\n",
              3 * kMessages / seconds / 1e6, static_cast<double>(usage.ru_maxrss) * 1024 / kMessages,
              std::string(to_string(result.verdict)).c_str());
  return 0;
}
