#include "tests/harness/check/planted_history.h"

namespace stormproof {

const char* const kPlantedInvariants =
    "no_loss,no_duplicates,no_phantoms,integrity,in_order,no_gaps,resumable,replay_window:1ns,conserved,atomic,"
    "bounded:files=20,converges,consistent_offsets,monotonic_reads,all_seen,fresh_reads,bookmarkable,counter_bounds";

namespace {

class Story {
 public:
  Story(Rng& rng, std::string name, Truth& truth) : rng_(rng), name_(std::move(name)), truth_(truth) {}
  std::vector<Event> events;

 protected:
  Event& add(EventType type, const std::string& id, const std::string& by) {
    Event& event = events.emplace_back();
    event.type = type;
    event.id = id;
    event.by = by;
    return event;
  }
  Event& keyed(EventType type, std::int64_t seq, const std::string& by) {
    Event& event = add(type, id(seq), by);
    event.key = name_;
    event.seq = seq;
    return event;
  }
  Event& note(const std::string& id, const std::string& by, std::int64_t value) {
    Event& event = add(EventType::note, id, by);
    event.key = name_;
    event.seq = value;
    return event;
  }
  std::string id(std::int64_t number) const { return name_ + "-" + std::to_string(number); }
  void send(std::int64_t seq, EventType outcome = EventType::ok) {
    keyed(EventType::invoke, seq, "source");
    keyed(outcome, seq, "source");
  }
  void plant(const std::string& what, std::uint64_t count = 1) {
    if (count > 0) truth_[what] += count;
  }
  /// A message that never took effect.
  void plant_lost(std::uint64_t count = 1) {
    plant("no_loss/lost", count);
    plant("conserved/vanished", count);
  }
  /// A message that took effect 1 + `copies` times.
  void plant_copies(std::uint64_t copies) {
    plant("no_duplicates/duplicate", copies);
    plant("replay_window/stray_duplicate", copies);
    plant("conserved/multiplied");
  }
  bool chance() { return rng_.chance(0.3); }

  Rng& rng_;
  std::string name_;
  Truth& truth_;
};

/// A stream that is taken up by one reader after another: at the right place, too far on or too early.
struct StreamStory : Story {
  StreamStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    const std::int64_t last = rng_.between(3, 12);
    for (std::int64_t seq = 1; seq <= last; ++seq) send(seq);
    std::int64_t next = 1;
    int reader = 0;
    std::vector<std::uint64_t> copies(static_cast<std::size_t>(last) + 1, 0);
    const auto read = [&] { keyed(EventType::effect, next++, name_ + "/" + std::to_string(reader)); };
    read();
    while (next <= last) {
      if (chance()) {
        ++reader;
        if (chance() && next < last) {
          const std::int64_t skipped = rng_.between(1, last - next);
          next += skipped;
          plant("resumable/skip");
          plant("no_gaps/gap", static_cast<std::uint64_t>(skipped));
          plant_lost(static_cast<std::uint64_t>(skipped));
        } else if (chance()) {
          // Back over what the reader before has certainly seen: its last record only.
          --next;
          if (++copies[static_cast<std::size_t>(next)] == 1) plant("conserved/multiplied");
          plant("no_duplicates/duplicate");
          plant("replay_window/stray_duplicate");
          plant("resumable/replay");
        }
      }
      read();
    }
  }
};

/// A log with offsets and one reader.
struct LogStory : Story {
  LogStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    const std::int64_t last = rng_.between(2, 10);
    const std::int64_t unseen = chance() ? rng_.between(1, 2) : 0;
    for (std::int64_t offset = 0; offset <= last + unseen; ++offset) acknowledged(offset, offset);
    plant("all_seen/unseen", static_cast<std::uint64_t>(unseen));
    plant_lost(static_cast<std::uint64_t>(unseen));
    for (std::int64_t offset = 0; offset <= last; ++offset) {
      const bool inner = offset > 0 && offset < last;
      if (inner && chance()) {
        plant("monotonic_reads/skip");
        plant("all_seen/lost");
        plant_lost();
        ++offset;
        read(offset, offset);
        continue;
      }
      read(offset, offset);
      if (inner && chance()) {
        read(offset, offset);
        plant("monotonic_reads/nonmonotonic");
        plant_copies(1);
      }
    }
    if (chance()) {  // another message where one stands already; nobody reads it
      acknowledged(1000, 0);
      plant("consistent_offsets/inconsistent_offsets");
      plant("all_seen/lost");
      plant_lost();
    }
    if (chance()) {  // stored twice, at the end
      acknowledged(2000, 500);
      read(2000, 500);
      read(2000, 501);
      plant("consistent_offsets/duplicate");
      plant_copies(1);
      plant("all_seen/unseen", 0);
      if (unseen > 0) {  // what nobody had reached was passed by after all
        truth_["all_seen/unseen"] -= static_cast<std::uint64_t>(unseen);
        if (truth_["all_seen/unseen"] == 0) truth_.erase("all_seen/unseen");
        plant("all_seen/lost", static_cast<std::uint64_t>(unseen));
        plant("monotonic_reads/skip");
      }
      highest_ = 501;
    } else {
      highest_ = last + unseen;
    }
    if (chance()) {
      note("reading", name_ + "/monitor", EventView::kNoSeq);
      const bool stale = chance();
      note("read", name_ + "/monitor", highest_ - (stale ? 1 : 0));
      if (stale) plant("fresh_reads/stale_read");
    }
  }

 private:
  Event& placed(EventType type, std::int64_t number, std::int64_t offset, const std::string& by) {
    Event& event = add(type, id(number), by);
    event.key = name_;
    event.detail = "offset=" + std::to_string(offset);
    return event;
  }
  void acknowledged(std::int64_t number, std::int64_t offset) {
    add(EventType::invoke, id(number), "producer").key = name_;
    placed(EventType::ok, number, offset, "producer");
  }
  void read(std::int64_t number, std::int64_t offset) { placed(EventType::effect, number, offset, name_ + "/reader"); }

  std::int64_t highest_ = 0;
};

/// Messages without an order, of every outcome, seen at stages on the way.
struct MessageStory : Story {
  MessageStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    for (std::int64_t i = rng_.between(1, 8); i > 0; --i) message(id(i));
    if (chance()) {
      effect(name_ + "-ghost");
      plant("no_phantoms/phantom");
    }
  }

 private:
  void effect(const std::string& id) { add(EventType::effect, id, name_ + "/store").digest = "00000000000000aa"; }

  void message(const std::string& id) {
    add(EventType::invoke, id, "source").digest = "00000000000000aa";
    const std::int64_t fate = rng_.between(0, 9);
    if (fate == 0 || fate == 1) {  // certainly failed, seen or not
      add(EventType::fail, id, "source");
      if (fate == 0) return;
      effect(id);
      plant("no_phantoms/aborted_read");
      return;
    }
    if (fate == 2) {  // nobody knows, and it never came: legal
      if (chance()) add(EventType::info, id, "source");
      return;
    }
    if (fate == 3) {  // failed, then sent again
      add(EventType::fail, id, "source");
      add(EventType::invoke, id, "source");
    }
    add(fate == 4 ? EventType::info : EventType::ok, id, "source");
    add(EventType::note, id, "received").key = "stage";
    if (fate == 5) {
      plant_lost();
      return;
    }
    effect(id);
    if (fate == 6) {
      events.back().digest = "00000000000000ab";
      plant("integrity/corrupt");
    }
    if (fate == 7) {
      const std::int64_t copies = rng_.between(1, 3);
      for (std::int64_t i = 0; i < copies; ++i) effect(id);
      plant_copies(static_cast<std::uint64_t>(copies));
    }
  }
};

/// One step back in a key.
struct OrderStory : Story {
  OrderStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    const std::int64_t last = rng_.between(2, 8);
    for (std::int64_t seq = 1; seq <= last; ++seq) send(seq);
    for (std::int64_t seq = 1; seq <= last; ++seq) {
      if (seq < last && chance()) {
        keyed(EventType::effect, seq + 1, name_ + "/0");
        keyed(EventType::effect, seq++, name_ + "/0");
        plant("in_order/reordered");
      } else {
        keyed(EventType::effect, seq, name_ + "/0");
      }
    }
  }
};

/// Groups that are complete, absent for a reason, or torn.
struct GroupStory : Story {
  GroupStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    const std::int64_t members = rng_.between(2, 4);
    const std::int64_t fate = rng_.between(0, 2);  // complete, refused as a whole, torn
    for (std::int64_t i = 1; i <= members; ++i) {
      add(EventType::invoke, id(i), "source").detail = "group=" + name_;
      add(fate == 1 ? EventType::fail : EventType::ok, id(i), "source");
    }
    const std::int64_t missing = fate == 0 ? 0 : fate == 1 ? members : rng_.between(1, members - 1);
    for (std::int64_t i = missing + 1; i <= members; ++i) add(EventType::effect, id(i), name_ + "/db");
    if (fate != 2) return;
    plant("atomic/partial");
    plant_lost(static_cast<std::uint64_t>(missing));
  }
};

/// Samples over the bound in stretches, and final states.
struct ProcessStory : Story {
  ProcessStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    bool over = false;
    for (std::int64_t i = rng_.between(1, 10); i > 0; --i) {
      const bool now = chance();
      Event& sample = add(EventType::note, "gauge", name_ + "/0");
      sample.key = "files";
      sample.seq = now ? rng_.between(21, 40) : rng_.between(0, 20);
      if (now && !over) plant("bounded/overrun");
      over = now;
    }
    const bool diverged = chance();
    if (diverged) plant("converges/diverged");
    for (int replica = 0; replica < 3; ++replica) {
      Event& state = add(EventType::note, "state", "replica/" + std::to_string(replica));
      state.key = name_;
      state.digest = diverged && replica == 1 ? "ab" : "aa";
    }
  }
};

/// Marks that hold and marks that promise too much.
struct BookmarkStory : Story {
  BookmarkStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    const std::int64_t last = rng_.between(2, 10);
    for (std::int64_t seq = 1; seq <= last; ++seq) send(seq);
    std::int64_t mark = 0;
    for (std::int64_t seq = 1; seq <= last; ++seq) {
      keyed(EventType::effect, seq, name_ + "/0");
      if (seq <= mark) plant("bookmarkable/late");
      if (!chance()) continue;
      const std::int64_t promised = seq + (chance() ? rng_.between(1, 3) : 0);
      note("bookmark", name_ + "/0", promised);
      mark = std::max(mark, promised);
    }
  }
};

/// A counter and its reads.
struct CounterStory : Story {
  CounterStory(Rng& rng, const std::string& name, Truth& truth) : Story(rng, name, truth) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    for (std::int64_t i = rng_.between(1, 8); i > 0; --i) {
      const std::int64_t amount = rng_.between(1, 5);
      Event& invoke = add(EventType::invoke, id(i), "source");
      invoke.key = name_;
      invoke.detail = "add=" + std::to_string(amount);
      const std::int64_t fate = rng_.between(0, 3);
      if (fate == 0) {
        add(EventType::fail, id(i), "source");
      } else {
        high += amount;
        if (fate > 1) low += amount;
        add(fate > 1 ? EventType::ok : EventType::info, id(i), "source");
        add(EventType::effect, id(i), name_ + "/db");
      }
      if (!chance()) continue;
      const std::int64_t wrong = rng_.chance(0.5) ? low - rng_.between(1, 3) : high + rng_.between(1, 3);
      const bool out = chance();
      note("read", name_ + "/monitor", out ? wrong : rng_.between(low, high));
      if (out) plant("counter_bounds/out_of_bounds");
    }
  }
};

template <class Kind>
void tell(PlantedHistory& planted, Rng& rng, const std::string& name) {
  for (std::int64_t i = rng.between(0, 2); i > 0; --i) {
    Kind story(rng, name + std::to_string(i), planted.truth);
    planted.stories.push_back(std::move(story.events));
  }
}

}  // namespace

PlantedHistory planted_history(Rng& rng) {
  PlantedHistory planted;
  tell<StreamStory>(planted, rng, "stream");
  tell<LogStory>(planted, rng, "log");
  tell<MessageStory>(planted, rng, "plain");
  tell<OrderStory>(planted, rng, "order");
  tell<GroupStory>(planted, rng, "group");
  tell<ProcessStory>(planted, rng, "process");
  tell<BookmarkStory>(planted, rng, "mark");
  tell<CounterStory>(planted, rng, "counter");
  // One message that is sound in every way: without any effect nothing could be called lost.
  std::vector<Event>& sound = planted.stories.emplace_back(3);
  for (Event& event : sound) event.id = "sound";
  sound[0].type = EventType::invoke;
  sound[1].type = EventType::ok;
  sound[2].type = EventType::effect;
  return planted;
}

std::vector<Event> interleaved(const PlantedHistory& planted, Rng& rng) {
  std::vector<Event> merged(2);
  merged[0].type = EventType::inject;
  merged[1].type = EventType::heal;
  for (Event& event : merged) event.by = event.id = "storm";
  std::vector<std::pair<std::size_t, const std::vector<Event>*>> open;
  for (const auto& story : planted.stories) {
    if (!story.empty()) open.emplace_back(0, &story);
  }
  while (!open.empty()) {
    const auto pick = static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(open.size()) - 1));
    auto& [next, story] = open[pick];
    merged.push_back((*story)[next]);
    if (++next == story->size()) open.erase(open.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  Nanos t{};
  for (Event& event : merged) {
    event.t = t;
    t += Nanos(rng.between(2, 2'000'000));
  }
  return merged;
}

}  // namespace stormproof
