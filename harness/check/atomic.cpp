/// atomic: all or nothing.
///   partial, by = "group"     messages that were sent as one group ("group=tx-7" in the detail of one of their
///   events):
///                             some took effect and some did not, unless the missing one was not looked for (as
///                             no_loss). A failed or unknown outcome of a member is no excuse: had it not taken effect,
///                             none might have. One anomaly a group.
///   partial, by = "witness"   a message that one witness saw and another never did, although both looked: its effects
///   at
///                             all witnesses that are told apart (README.md) are one group. One anomaly a message.
/// Unknown when no message names a group, or fewer than two witnesses are told apart; for missing parts as no_loss.
/// Decided at the end.
#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "harness/check/detail_words.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"
#include "harness/check/missing.h"

namespace stormproof {

namespace {

class AtomicGroups final : public Invariant {
 public:
  void on_event(const EventView& event, const CheckContext& context) override {
    if (context.current() == nullptr) return;
    const std::string_view group = detail_word(event.detail, "group");
    if (!group.empty()) group_of_.try_emplace(context.current_index(), groups_.intern(group));
  }

  InvariantResult finish(const CheckContext& context) override {
    std::vector<Group> groups(groups_.size());
    for (const auto& [index, number] : group_of_) count(context, index, groups[number]);
    Findings findings;
    std::uint64_t unclear = 0;
    const std::string unprovable = context.absence_proves_nothing();
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      const Group& group = groups[i];
      if (group.seen == 0 || group.seen == group.members) continue;
      if (!unprovable.empty() || !group.looked_for) {
        ++unclear;
      } else {
        findings.add("partial", [&] { return describe(context, group, groups_.text(i)); });
      }
    }
    std::string unknown = groups.empty() ? "no message names a group" : "";
    if (unclear > 0) {
      unknown = fmt::format("{} group{} took effect in part, but {}", unclear, unclear == 1 ? "" : "s",
                            unprovable.empty() ? "nobody looked for the rest afterwards" : unprovable);
    }
    return findings.result("atomic", unknown);
  }

 private:
  struct Group {
    std::uint64_t members = 0;
    std::uint64_t seen = 0;
    std::uint32_t first_seen = UINT32_MAX;
    std::uint32_t first_missing = UINT32_MAX;
    bool looked_for = true;
  };

  static void count(const CheckContext& context, std::uint32_t index, Group& group) {
    const Message& message = context.messages()[index];
    ++group.members;
    if (message.effects > 0) {
      ++group.seen;
      group.first_seen = std::min(group.first_seen, index);
    } else {
      group.first_missing = std::min(group.first_missing, index);
      group.looked_for = group.looked_for && context.was_looked_for(message);
    }
  }

  static Anomaly describe(const CheckContext& context, const Group& group, const std::string& name) {
    const Message& seen = context.messages()[group.first_seen];
    const Message& missing = context.messages()[group.first_missing];
    Anomaly anomaly = context.about(missing, "partial", seen.first_effect, seen.first_by);
    anomaly.detail =
        fmt::format("{} of the {} messages of group {} took effect, among them {} (at {}), but {} never did",
                    group.seen, group.members, name, seen.id(), at_text(seen.first_effect), missing.id());
    return anomaly;
  }

  Interner groups_;
  std::unordered_map<std::uint32_t, std::uint32_t> group_of_;  // by message
};

class AtomicWitnesses final : public Invariant {
 public:
  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type == EventType::note && event.id == "witness" && !event.by.empty()) declare(context, event.by);
    if (event.type != EventType::effect || context.surface() == 0) return;
    if (names_.size() < context.surface()) names_.resize(context.surface());
    std::string& name = names_[context.surface() - 1U];
    if (!name.empty()) return;
    const std::string_view word = detail_word(event.detail, "witness");
    name = word.empty() ? event.by : word;
  }

  InvariantResult finish(const CheckContext& context) override {
    if (names_.size() < 2) return Findings().result("atomic", "fewer than two witnesses are told apart");
    const std::string unprovable = context.absence_proves_nothing();
    Findings findings;
    std::uint64_t unclear = 0;
    const auto& all = context.messages().all();
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (all[i].effects == 0 || all[i].effects >= names_.size() * all[i].copies) continue;
      const std::uint16_t without = missing_at(context, i);
      if (without == 0) continue;
      if (!unprovable.empty() || !looked_for(context, all[i])) {
        ++unclear;
      } else {
        findings.add("partial", [&] { return describe(context, all[i], without); });
      }
    }
    std::string unknown;
    if (unclear > 0) {
      unknown =
          fmt::format("{} message{} seen by some witnesses only, but {}", unclear, unclear == 1 ? " was" : "s were",
                      unprovable.empty() ? "nobody looked for them afterwards" : unprovable);
    }
    return findings.result("atomic", unknown);
  }

 private:
  /// The context numbers witnesses in the order of their notes, from 1.
  void declare(const CheckContext&, std::string_view name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.emplace_back(name);
  }

  std::uint16_t missing_at(const CheckContext& context, std::uint32_t index) const {
    for (std::size_t surface = 1; surface <= names_.size(); ++surface) {
      if (context.messages().copies_at(index, static_cast<std::uint16_t>(surface)) == 0) {
        return static_cast<std::uint16_t>(surface);
      }
    }
    return 0;
  }

  /// A message nobody sent has no time from which on to look: its first effect is that time.
  static bool looked_for(const CheckContext& context, const Message& message) {
    Message since = message;
    since.completed = std::max(message.completed, message.first_effect);
    return context.was_looked_for(since);
  }

  Anomaly describe(const CheckContext& context, const Message& message, std::uint16_t without) const {
    Anomaly anomaly = context.about(message, "partial", message.first_effect, message.first_by);
    const std::string& seen_by = names_.at(message.home == 0 ? 0 : message.home - 1U);
    anomaly.detail = fmt::format("{} saw it take effect at {}, {} never did", seen_by, at_text(message.first_effect),
                                 names_[without - 1U]);
    return anomaly;
  }

  std::vector<std::string> names_;  // of witness number, from 1
};

constexpr std::string_view kBy[] = {"group", "witness"};
constexpr ParamSpec kParams[] = {
    {.name = "by",
     .type = ParamType::choice,
     .help = "what belongs together: messages of one group, or one message at all witnesses",
     .fallback = "group",
     .choices = kBy}};

constexpr std::string_view kDefinition =
    "partial: by group, of the messages that name one group (\"group=tx-7\" in the detail of an event) some took "
    "effect "
    "and some did not; by witness, one witness saw the message and another never did. Unknown when there are no groups "
    "or "
    "fewer than two witnesses, and for missing parts as no_loss.";

}  // namespace

const InvariantKind atomic_kind{
    {{.name = "atomic", .summary = "a group of effects is complete or absent (partial)", .params = kParams},
     "by",
     kDefinition},
    [](const Params& params) -> std::unique_ptr<Invariant> {
      if (params.text("by") == "group") return std::make_unique<AtomicGroups>();
      return std::make_unique<AtomicWitnesses>();
    }};

}  // namespace stormproof
