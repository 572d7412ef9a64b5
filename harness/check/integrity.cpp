/// integrity: what took effect is what was sent.
///   corrupt   an effect whose digest differs from the digest of the sent payload; one anomaly an effect. An effect
///             recorded before its `invoke` is compared when the `invoke` comes.
/// Events without a digest are not judged. Named by itself, the invariant is unknown in a history without any digest.
#include <fmt/core.h>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Integrity final : public Invariant {
 public:
  explicit Integrity(bool alone) : alone_(alone) {}

  Sight sight(const HistoryTraits& traits) const override {
    return traits.has_digest ? Sight::every_event : Sight::suspects;
  }
  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.digest.empty() || !context.corrupts(event)) return;
    const Message& message = *context.current();
    const bool late = event.type != EventType::effect;
    if (++total_ > InvariantResult::kAnomaliesKept) return;
    // Processes and faults are only known for sure at the end; until then the place is kept.
    places_.push_back({context.current_index(), late ? message.first_effect : event.t,
                       late ? message.first_by : context.by(),
                       fmt::format("digest {:016x} took effect, {:016x} was sent",
                                   late ? message.digest : digest_number(event.digest),
                                   late ? digest_number(event.digest) : message.digest)});
  }

  InvariantResult finish(const CheckContext& context) override {
    Findings findings;
    for (Place& place : places_) {
      findings.add("corrupt", [&] {
        Anomaly anomaly = context.about(context.messages()[place.message], "corrupt", place.t, place.by);
        anomaly.detail = std::move(place.detail);
        return anomaly;
      });
    }
    findings.count(total_ - places_.size());
    return findings.result("integrity", alone_ && !context.has_digest() ? "no event carries a digest" : "");
  }

 private:
  struct Place {
    std::uint32_t message = 0;
    Nanos t{};
    std::uint32_t by = Interner::kNone;
    std::string detail;
  };
  bool alone_;
  std::vector<Place> places_;
  std::uint64_t total_ = 0;
};

constexpr std::string_view kDefinition =
    "corrupt: an effect whose digest differs from that of what was sent. Unknown, named alone, when no "
    "event carries a digest.";

}  // namespace

std::unique_ptr<Invariant> make_integrity(bool alone) { return std::make_unique<Integrity>(alone); }

const InvariantKind integrity_kind{
    {{.name = "integrity", .summary = "what took effect is what was sent (corrupt)"}, {}, kDefinition},
    [](const Params&) { return make_integrity(true); }};

}  // namespace stormproof
