/// latency: every byte, and the end of the stream, arrives later. The delay counts from the moment the proxy read the
/// bytes, so a stream keeps its rate up to what the proxy may buffer (4 MiB a direction); order is kept, so a chunk
/// that drew a short jitter waits for the one before. New connections are dialled at once. A hit is a delayed chunk.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

constexpr std::string_view kDistributions[] = {"uniform", "normal", "pareto"};

/// In [-1, 1], every value as likely.
double uniform(Rng& rng) { return 2 * rng.unit() - 1; }

/// Mean 0, standard deviation 1.
double normal(Rng& rng) {
  const double radius = std::sqrt(-2 * std::log(1 - rng.unit()));
  return radius * std::cos(2 * std::numbers::pi * rng.unit());
}

/// Mean 0, standard deviation 1, and a long tail: a Pareto distribution of shape 3, whose mean is 3/2 and whose
/// variance is 3/4. Two of three values are below the mean, by 0.58 at most; one of 10,000 is 23 above it. The tail is
/// cut at 100.
double pareto(Rng& rng) {
  constexpr double kTail = 100;
  return std::min(kTail, (1 / std::cbrt(1 - rng.unit()) - 1.5) / std::sqrt(0.75));
}

class Latency final : public CountingLinkFault {
 public:
  explicit Latency(const PlannedFault& fault)
      : CountingLinkFault(fault),
        latency_(bounded(fault.spec.params.duration("latency"))),
        jitter_(fault.spec.params.duration("jitter")) {
    const std::string& name = fault.spec.params.text("distribution");
    if (name == "normal") shape_ = normal;
    if (name == "pareto") shape_ = pareto;
  }

  bool delays() const override { return true; }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    const Nanos due = chunk.received + delay(chunk);
    if (!chunk.again && chunk.size > 0) hit();
    return now >= due ? LinkAction::forward() : LinkAction::hold(due);
  }

 private:
  Nanos delay(const ChunkView& chunk) const {
    if (jitter_ == Nanos{}) return latency_;
    Rng rng = draw(chunk.connection, place_of(chunk.direction, chunk.offset));
    const double drawn = static_cast<double>(latency_.count()) + static_cast<double>(jitter_.count()) * shape_(rng);
    constexpr double kMost = 9e18;  // fits
    return bounded(Nanos(static_cast<std::int64_t>(std::clamp(drawn, 0.0, kMost))));
  }

  Nanos latency_;
  Nanos jitter_;
  double (*shape_)(Rng&) = uniform;
};

constexpr ParamSpec kParams[] = {
    {.name = "latency",
     .type = ParamType::duration,
     .help = "added to every chunk in each direction",
     .required = true},
    {.name = "jitter",
     .type = ParamType::duration,
     .help = "how far a drawn delay strays from latency; never below 0",
     .fallback = "0ms"},
    {.name = "distribution",
     .type = ParamType::choice,
     .help = "uniform: from latency - jitter to latency + jitter; normal, pareto: jitter is the standard deviation",
     .fallback = "uniform",
     .choices = kDistributions},
};

}  // namespace

constinit const FaultKind latency_kind = link_kind<Latency>("latency", "bytes arrive later, in order", kParams);

}  // namespace stormproof
