/// no_phantoms: only what was sent, and did not certainly fail, took effect.
///   phantom        an id that took effect but was never sent, or took effect more than `skew` before it was sent.
///   aborted_read   an id that took effect although every attempt to send it failed for certain (Jepsen's G1a). A retry
///                  under the same id that ended `ok`, `info` or not at all clears it.
/// One anomaly an id. Decided at the end, because an effect may be recorded shortly before its own `invoke`. In an
/// incomplete history the missing `invoke` or `ok` may be what was lost: unknown.
#include <fmt/core.h>

#include <vector>

#include "harness/check/check_context.h"
#include "harness/check/combined.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class NoPhantoms final : public Invariant {
 public:
  explicit NoPhantoms(Nanos skew) : skew_(skew) {}

  Sight sight(const HistoryTraits&) const override { return Sight::suspects; }
  void on_event(const EventView&, const CheckContext&) override {}

  InvariantResult finish(const CheckContext& context) override {
    Findings findings;
    for (const Message& message : context.messages().all()) {
      if (message.effects == 0) continue;
      if (!message.attempted()) {
        findings.add("phantom",
                     [&] { return describe(context, message, "phantom", "took effect but was never sent"); });
      } else if (message.invoked - message.first_effect > skew_) {
        findings.add("phantom", [&] {
          return describe(context, message, "phantom",
                          fmt::format("took effect at {}, long before it was sent at {}", at_text(message.first_effect),
                                      at_text(message.invoked)));
        });
      } else if (message.final_outcome() == Outcome::fail) {
        findings.add("aborted_read", [&] {
          return describe(
              context, message, "aborted_read",
              fmt::format("took effect although its sending failed for certain at {}", at_text(message.completed)));
        });
      }
    }
    if (const Census* const census = context.census(); census != nullptr) {
      findings.count(census->counts.phantom + census->late_sent + census->counts.aborted_read - findings.total());
    }
    if (findings.total() > 0 && !context.history_gap().empty()) {
      return Findings().result("no_phantoms", fmt::format("{} messages took effect without having been sent, but the "
                                                          "history itself is incomplete",
                                                          findings.total()));
    }
    return findings.result("no_phantoms");
  }

 private:
  static Anomaly describe(const CheckContext& context, const Message& message, const char* kind, std::string detail) {
    Anomaly anomaly = context.about(message, kind, message.first_effect, message.first_by);
    anomaly.detail = std::move(detail);
    return anomaly;
  }

  Nanos skew_;
};

constexpr std::string_view kDefinition =
    "phantom: took effect but was never sent, or took effect more than `skew` before it was sent. "
    "aborted_read: took effect although every attempt to send it failed for certain.";

}  // namespace

std::unique_ptr<Invariant> make_no_phantoms(Nanos skew) { return std::make_unique<NoPhantoms>(skew); }

const InvariantKind no_phantoms_kind{{{.name = "no_phantoms",
                                       .summary = "only what was sent took effect (phantom, aborted_read)",
                                       .params = kSkewParams},
                                      {},
                                      kDefinition},
                                     [](const Params& params) { return make_no_phantoms(params.duration("skew")); }};

}  // namespace stormproof
