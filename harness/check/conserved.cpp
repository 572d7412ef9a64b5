/// conserved: what enters a stage on the way leaves it once. Witnesses along the way say which message they saw at
/// which stage by notes with key "stage", id the message's and by the stage's name:
/// {"type":"note","key":"stage","id":"m-7", "by":"stored"}. The way is: sent, the stages in `order` (as "received >
/// stored"; without it in the order of their first appearance), effect.
///   vanished     an acknowledged message that was never seen at the effect, under the conditions of no_loss; the
///                sentence says between which two stages it was last seen and lost.
///   multiplied   a message that took effect more than once; the sentence names the first stage that saw it more than
///                once, and so between which two stages its copy was born.
/// Seen twice at a stage but once at the effect is no anomaly: it was deduplicated. Unknown as no_loss, and when no
/// stage reported anything. Memory: one byte for each message and stage, and the ids. At most 8 stages; further ones
/// make it unknown.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "harness/base/text.h"
#include "harness/check/detail_words.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/missing.h"

namespace stormproof {

namespace {

constexpr std::size_t kStagesMost = 8;

std::vector<std::string> stages_in(const std::string& order) {
  std::vector<std::string> names;
  for (const std::string& part : split(order, '>')) {
    const std::size_t from = part.find_first_not_of(' ');
    if (from != std::string::npos) names.push_back(part.substr(from, part.find_last_not_of(' ') - from + 1));
  }
  return names;
}

class Conserved final : public Invariant {
 public:
  explicit Conserved(std::vector<std::string> stages) : stages_(std::move(stages)), ordered_(!stages_.empty()) {}

  void on_event(const EventView& event, const CheckContext&) override {
    if (event.type == EventType::effect && ordered_) {
      const std::string_view witness = detail_word(event.detail, "witness");
      const std::size_t stage = stage_of(witness.empty() ? event.by : witness);
      if (stage == stages_.size()) return;
      witnessed_ = true;
      see(event.id, stage);
    } else if (event.type == EventType::note && event.id == "witness") {
      witnessed_ = witnessed_ || (ordered_ && stage_of(event.by) < stages_.size());
    } else if (event.type == EventType::note && event.key == "stage" && !event.id.empty()) {
      const std::size_t stage = stage_of(event.by);
      if (stage == stages_.size() && (ordered_ || stage == kStagesMost)) {
        stranger_ = event.by;
        return;
      }
      if (stage == stages_.size()) stages_.emplace_back(event.by);
      see(event.id, stage);
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    const std::string unprovable = context.absence_proves_nothing();
    Findings findings;
    std::uint64_t never_looked_for = 0;
    for (const Message& message : context.messages().all()) {
      if (!message.attempted()) continue;
      const std::uint32_t copies = witnessed_ ? times(message)[stages_.size() - 1] : message.copies;
      if (copies > 1) {
        findings.add("multiplied", [&] { return multiplied(context, message, copies); });
      } else if (message.acked() && copies == 0) {
        if (!unprovable.empty() || !context.was_looked_for(message)) {
          ++never_looked_for;
        } else {
          findings.add("vanished", [&] { return vanished(context, message); });
        }
      }
    }
    return findings.result("conserved", unknown(never_looked_for, unprovable));
  }

 private:
  using Times = std::array<std::uint8_t, kStagesMost>;

  std::size_t stage_of(std::string_view name) const {
    return static_cast<std::size_t>(std::find(stages_.begin(), stages_.end(), name) - stages_.begin());
  }

  void see(std::string_view id, std::size_t stage) {
    reported_ = true;
    const std::uint32_t index = ids_.intern(id);
    if (index == seen_.size()) seen_.emplace_back();
    std::uint8_t& times = seen_[index][stage];
    if (times < UINT8_MAX) ++times;
  }

  std::string unknown(std::uint64_t never_looked_for, const std::string& unprovable) const {
    if (never_looked_for > 0) {
      return missing_but(never_looked_for,
                         unprovable.empty() ? "nobody looked for it after it was acknowledged" : unprovable);
    }
    if (!stranger_.empty()) {
      return ordered_ ? fmt::format("the stage {} is not in the order that was given", printable(stranger_))
                      : fmt::format("there are more than {} stages", kStagesMost);
    }
    return reported_ ? "" : "no stage on the way reported a message";
  }

  Times times(const Message& message) const {
    const std::uint32_t index = ids_.find(message.id());
    return index == Interner::kNone ? Times{} : seen_[index];
  }
  std::string name(std::size_t stage) const { return stage < stages_.size() ? printable(stages_[stage]) : "effect"; }

  Anomaly vanished(const CheckContext& context, const Message& message) const {
    const Times seen = times(message);
    std::size_t next = 0;
    for (std::size_t i = 0; i < stages_.size(); ++i) next = seen[i] > 0 ? i + 1 : next;
    Anomaly anomaly = context.about(message, "vanished", context.now(), Interner::kNone);
    anomaly.fault = context.faults().in_force_at(message.completed);
    anomaly.detail = fmt::format("acknowledged at {}, lost between {} and {}", at_text(message.completed),
                                 next == 0 ? "sent" : name(next - 1), name(next));
    return anomaly;
  }

  Anomaly multiplied(const CheckContext& context, const Message& message, std::uint32_t took_effect) const {
    const Times seen = times(message);
    std::size_t born = 0;
    while (born < stages_.size() && seen[born] <= 1) ++born;
    const std::uint32_t copies = born < stages_.size() ? seen[born] : took_effect;
    Anomaly anomaly = context.about(message, "multiplied", message.first_effect, message.first_by);
    anomaly.detail = fmt::format("took effect {} times; its copy was born between {} (seen {}) and {} (seen {} times)",
                                 took_effect, born == 0 ? "sent" : name(born - 1),
                                 born == 0 || seen[born - 1] == 1 ? "once" : "never", name(born), copies);
    return anomaly;
  }

  std::vector<std::string> stages_;
  bool ordered_;
  bool reported_ = false;
  bool witnessed_ = false;
  std::string stranger_;
  Interner ids_;
  std::vector<Times> seen_;  // by id
};

Status check_order(const std::string& text) {
  const std::size_t stages = stages_in(text).size();
  if (stages > 0 && stages <= kStagesMost) return {};
  return usage_error(fmt::format("an order of stages names 1 to {} of them", kStagesMost),
                     "separate them by >: \"received > stored\"");
}

constexpr ParamSpec kParams[] = {{.name = "order",
                                  .type = ParamType::text,
                                  .help = "the stages on the way, \"received > stored\"; default: as they first appear",
                                  .check = check_order}};

constexpr std::string_view kDefinition =
    "Stages report messages by notes with key \"stage\", id the message, by the stage's name; a stage of `order` "
    "may also be a witness, the last one then being the effect. vanished: acknowledged, no effect (as no_loss); "
    "says between which two stages it was lost. multiplied: took effect more than once; says between which two "
    "stages the copy was born. Unknown as no_loss, and when no stage reported anything.";

}  // namespace

const InvariantKind conserved_kind{
    {{.name = "conserved",
      .summary = "says between which two stages a message was lost or doubled (vanished, multiplied)",
      .params = kParams},
     "order",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      return std::make_unique<Conserved>(params.has("order") ? stages_in(params.text("order"))
                                                             : std::vector<std::string>{});
    }};

}  // namespace stormproof
