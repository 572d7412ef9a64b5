#include "tests/harness/check/random_history.h"

#include <algorithm>

namespace stormproof {

namespace {

enum class Fate {
  sound,
  lost,
  duplicate,
  aborted_read,
  corrupt,
  rejected,
  unknown_seen,
  unknown_unseen,
  unknown_twice
};

class Generator {
 public:
  Generator(Rng& rng, std::int64_t size) : rng_(rng) {
    const std::int64_t keys = rng_.between(1, 4);
    const std::int64_t messages = rng_.between(2, size);
    std::vector<std::int64_t> next(static_cast<std::size_t>(keys), 0);
    for (std::int64_t i = 0; i < messages; ++i) {
      const auto key = static_cast<std::size_t>(rng_.between(0, keys - 1));
      send("k" + std::to_string(key), ++next[key]);
    }
    swap_neighbours();
    plant_phantoms();
  }

  RandomHistory finish() {
    // Effects come after all sends or interleaved with them, never before their own: both are legal.
    const bool interleaved = rng_.chance(0.5);
    if (interleaved) interleave();
    for (Event& event : sends_) put(std::move(event));
    for (Event& event : effects_) put(std::move(event));
    return std::move(history_);
  }

 private:
  Fate fate() {
    if (rng_.chance(0.7)) return Fate::sound;
    return static_cast<Fate>(rng_.between(1, 8));
  }

  void put(Event event) {
    t_ += Nanos(rng_.between(0, 2'000'000));
    event.t = t_;
    history_.events.push_back(std::move(event));
  }

  Event operation(EventType type, const std::string& id) {
    Event event;
    event.type = type;
    event.id = id;
    event.by = "source";
    return event;
  }

  void send(const std::string& key, std::int64_t seq) {
    const std::string id = key + "-" + std::to_string(seq);
    const Fate fate = this->fate();
    Event invoke = operation(EventType::invoke, id);
    invoke.key = key;
    invoke.seq = seq;
    invoke.digest = "00000000000000aa";
    sends_.push_back(std::move(invoke));
    ++history_.attempted;
    outcome(id, fate);
    effect(id, key, seq, fate);
  }

  void outcome(const std::string& id, Fate fate) {
    switch (fate) {
      case Fate::aborted_read:
      case Fate::rejected:
        sends_.push_back(operation(EventType::fail, id));
        ++history_.failed;
        break;
      case Fate::unknown_seen:
      case Fate::unknown_unseen:
      case Fate::unknown_twice:
        if (rng_.chance(0.7)) sends_.push_back(operation(EventType::info, id));
        ++history_.info;
        break;
      default:
        if (rng_.chance(0.2)) {  // a retry under the same id: the ok wins
          sends_.push_back(operation(rng_.chance(0.5) ? EventType::info : EventType::fail, id));
          sends_.push_back(operation(EventType::invoke, id));
        }
        sends_.push_back(operation(EventType::ok, id));
        ++history_.acked;
    }
  }

  void effect(const std::string& id, const std::string& key, std::int64_t seq, Fate fate) {
    if (fate == Fate::rejected || fate == Fate::unknown_unseen) return;
    if (fate == Fate::lost) {
      ++history_.planted["lost"];
      return;
    }
    Event event;
    event.type = EventType::effect;
    event.id = id;
    event.by = "store";
    if (rng_.chance(0.5)) {
      event.key = key;
      event.seq = seq;
    }
    event.digest = fate == Fate::corrupt ? "00000000000000ab" : "00000000000000aa";
    if (fate == Fate::corrupt) ++history_.planted["corrupt"];
    if (fate == Fate::aborted_read) ++history_.planted["aborted_read"];
    if (fate == Fate::unknown_seen || fate == Fate::unknown_twice) ++history_.recovered;
    effects_.push_back(event);
    swappable_.push_back(fate == Fate::sound);
    keys_.push_back(key);
    if (fate == Fate::duplicate || fate == Fate::unknown_twice) {
      for (std::int64_t copies = rng_.between(1, 3); copies > 0; --copies) {
        again_.push_back(event);
        ++history_.planted["duplicate"];
      }
    }
  }

  /// Two sound neighbours of one key change places: one step back.
  void swap_neighbours() {
    for (std::size_t i = 0; i + 1 < effects_.size(); ++i) {
      if (!swappable_[i] || !rng_.chance(0.1)) continue;
      std::size_t other = i + 1;
      while (other < effects_.size() && keys_[other] != keys_[i]) ++other;
      if (other == effects_.size() || !swappable_[other]) continue;
      std::swap(effects_[i], effects_[other]);
      swappable_[i] = swappable_[other] = false;
      ++history_.planted["reordered"];
    }
    for (Event& copy : again_) effects_.push_back(std::move(copy));
  }

  void plant_phantoms() {
    for (std::int64_t ghosts = rng_.chance(0.3) ? rng_.between(1, 3) : 0; ghosts > 0; --ghosts) {
      Event event;
      event.type = EventType::effect;
      event.id = "ghost-" + std::to_string(ghosts);
      event.by = "store";
      const auto place = static_cast<std::ptrdiff_t>(rng_.between(0, static_cast<std::int64_t>(effects_.size())));
      effects_.insert(effects_.begin() + place, event);
      ++history_.planted["phantom"];
    }
  }

  /// Effects move forward between the sends, each to a place behind its own last operation.
  void interleave() {
    std::map<std::string, std::size_t> last;
    for (std::size_t i = 0; i < sends_.size(); ++i) last[sends_[i].id] = i;
    std::vector<Event> mixed;
    std::size_t next = 0;
    for (std::size_t i = 0; i < sends_.size(); ++i) {
      mixed.push_back(sends_[i]);
      while (next < effects_.size() && rng_.chance(0.5)) {
        const auto found = last.find(effects_[next].id);
        if (found != last.end() && found->second > i) break;
        mixed.push_back(std::move(effects_[next++]));
      }
    }
    effects_.erase(effects_.begin(), effects_.begin() + static_cast<std::ptrdiff_t>(next));
    sends_ = std::move(mixed);
  }

  Rng& rng_;
  RandomHistory history_;
  Nanos t_{};
  std::vector<Event> sends_;
  std::vector<Event> effects_;
  std::vector<bool> swappable_;
  std::vector<std::string> keys_;
  std::vector<Event> again_;
};

}  // namespace

RandomHistory random_history(Rng& rng, std::int64_t size) { return Generator(rng, size).finish(); }

}  // namespace stormproof
