/// converges: in the end all replicas are in the same state. Replicas say theirs by notes with id "state", by the
/// replica, key the object (may be absent) and digest its state:
/// {"type":"note","id":"state","by":"server/1","key":"cart", "digest":"9f86"}. The last of each replica and object
/// counts. In a history without such notes, where several witnesses are told apart, the last message of each key that
/// took effect at a witness is the key's state there.
///   diverged   two replicas' states of an object differ, or one never told it. One anomaly an object.
/// Unknown when fewer than two replicas told anything, and for an absent state when the history is incomplete.
#include <fmt/core.h>

#include <map>
#include <set>
#include <string>

#include "harness/base/text.h"
#include "harness/check/check_context.h"
#include "harness/check/detail_words.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Converges final : public Invariant {
 public:
  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type == EventType::note && event.id == "state") {
      told_.set(event.key, event.by, event.digest, event.t);
    } else if (event.type == EventType::effect && context.surface() > 0) {
      const std::string_view witness = detail_word(event.detail, "witness");
      const std::string& key =
          event.key.empty() ? context.key_text(*context.current()) : key_storage_.assign(event.key);
      witnessed_.set(key, witness.empty() ? event.by : witness, event.id, event.t);
    }
  }

  InvariantResult finish(const CheckContext& context) override {
    const States& states = told_.objects.empty() ? witnessed_ : told_;
    if (states.replicas.size() < 2) {
      return Findings().result("converges", "fewer than two replicas told their state");
    }
    Findings findings;
    bool absent = false;
    for (const auto& [object, by_replica] : states.objects) {
      const auto& [first, known] = *by_replica.begin();
      const State* other = nullptr;
      std::string other_name;
      for (const std::string& replica : states.replicas) {
        const auto found = by_replica.find(replica);
        if (found != by_replica.end() && found->second.text == known.text) continue;
        if (found == by_replica.end() && !context.history_gap().empty()) {
          absent = true;
          continue;
        }
        other_name = replica;
        other = found == by_replica.end() ? nullptr : &found->second;
        break;
      }
      if (other_name.empty()) continue;
      findings.add("diverged", [&, &object = object, &first = first, &known = known] {
        Anomaly anomaly;
        anomaly.kind = "diverged";
        anomaly.key = object;
        anomaly.t = other == nullptr ? known.t : std::max(known.t, other->t);
        anomaly.process = other_name;
        anomaly.fault = context.faults().in_force_at(anomaly.t);
        anomaly.detail =
            fmt::format("{} ended with {} (at {}), {} {}", first, printable(known.text), at_text(known.t), other_name,
                        other == nullptr ? "with nothing"
                                         : fmt::format("with {} (at {})", printable(other->text), at_text(other->t)));
        return anomaly;
      });
    }
    return findings.result("converges",
                           absent ? "a replica's state is absent, but the history itself is incomplete" : "");
  }

 private:
  struct State {
    std::string text;
    Nanos t{};
  };
  struct States {
    std::map<std::string, std::map<std::string, State>, std::less<>> objects;  // by object, then replica
    std::set<std::string> replicas;

    void set(std::string_view object, std::string_view replica, std::string_view state, Nanos t) {
      auto found = objects.find(object);
      if (found == objects.end()) found = objects.emplace(object, std::map<std::string, State>{}).first;
      found->second[std::string(replica)] = {std::string(state), t};
      replicas.emplace(replica);
    }
  };

  States told_;
  States witnessed_;
  std::string key_storage_;
};

constexpr std::string_view kDefinition =
    "diverged: of an object (a key), two replicas told different last states by notes with id \"state\" and a digest, "
    "or "
    "one told none. Without such notes, two witnesses saw different last messages of a key take effect. Unknown with "
    "fewer than two replicas.";

}  // namespace

const InvariantKind converges_kind{
    {{.name = "converges", .summary = "all replicas end in the same state (diverged)"}, {}, kDefinition},
    [](const Params&) -> std::unique_ptr<Invariant> { return std::make_unique<Converges>(); }};

}  // namespace stormproof
