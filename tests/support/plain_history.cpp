#include "tests/support/plain_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "harness/history/history_packer.h"
#include "harness/history/json_lines.h"

namespace stormproof {

namespace {

class Generator {
 public:
  Generator(Rng& rng, std::int64_t messages)
      : rng_(rng), form_(rng.between(0, 7)), mess_(rng.chance(0.5) ? 0.02 : 0.3), seq_(rng.chance(0.1)) {
    const std::int64_t flight = rng.between(1, 30);
    for (std::int64_t i = 0; i < messages; ++i) {
      lives_.push_back(life(id(i)));
      while (static_cast<std::int64_t>(lives_.size()) > flight) step();
    }
    while (!lives_.empty()) step();
    plant_others();
  }

  std::vector<Event> finish() {
    const bool steps_back = rng_.chance(0.1);
    const bool timeless = rng_.chance(0.1);
    Nanos t{};
    for (Event& event : events_) {
      t += Nanos(rng_.chance(0.01) ? rng_.between(0, 3'000'000'000) : rng_.between(0, 2'000'000));
      event.t = timeless ? Nanos{} : t;
      if (steps_back && rng_.chance(0.05)) event.t = std::max(Nanos{}, t - Nanos(rng_.between(0, 2'000'000'000)));
    }
    return std::move(events_);
  }

 private:
  std::string id(std::int64_t i) {
    static const char* const kPrefixes[] = {"m-",  "message-", "a", "order-00", "some/longer/prefix-",
                                            "k1-", "k2-",      "0"};
    switch (form_) {
      case 0: return std::to_string(i);
      case 1: return kPrefixes[rng_.between(0, 7)] + std::to_string(i);
      case 2: return std::to_string(rng_.between(0, 900'000'000'000'000));
      case 3: return hex(rng_.next()) + hex(rng_.next());
      case 4: {
        const std::string digits = hex(rng_.next()) + hex(rng_.next());
        return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
               digits.substr(16, 4) + "-" + digits.substr(20);
      }
      case 5: return hex(rng_.next()).substr(0, static_cast<std::size_t>(rng_.between(1, 12)));
      case 6: return std::string(static_cast<std::size_t>(rng_.between(0, 40)), 'x') + std::to_string(i);
      default: return "\"odd\\ \n" + std::to_string(i) + "\xC3\xA4";
    }
  }
  static std::string hex(std::uint64_t value) {
    std::string text(16, '0');
    for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[(value >> (4 * i)) & 15U];
    return text;
  }

  Event event(EventType type, const std::string& id) {
    Event event;
    event.type = type;
    event.id = id;
    event.by = type == EventType::effect ? (rng_.chance(0.8) ? "store" : "client/0") : "source";
    if (rng_.chance(0.02)) event.key = "k";
    if (rng_.chance(0.02)) event.detail = "slow";
    if (seq_) event.seq = static_cast<std::int64_t>(events_.size());
    return event;
  }

  /// The events of one message, the next one last.
  std::vector<Event> life(const std::string& id) {
    std::vector<Event> events{event(EventType::invoke, id)};
    const auto outcome = [&] { return static_cast<EventType>(rng_.between(2, 4)); };
    if (!rng_.chance(mess_)) {
      events.push_back(event(EventType::ok, id));
      events.push_back(event(EventType::effect, id));
    } else {
      for (std::int64_t n = rng_.between(0, 5); n > 0; --n) {
        const std::int64_t what = rng_.between(0, 3);
        events.push_back(event(what == 0 ? EventType::invoke : what == 1 ? EventType::effect : outcome(), id));
      }
      if (rng_.chance(0.3)) events.erase(events.begin());
      if (rng_.chance(0.3)) std::rotate(events.begin(), events.end() - (events.empty() ? 0 : 1), events.end());
    }
    std::reverse(events.begin(), events.end());
    return events;
  }

  void step() {
    const auto which = static_cast<std::size_t>(rng_.between(0, static_cast<std::int64_t>(lives_.size()) - 1));
    std::vector<Event>& life = lives_[which];
    if (!life.empty()) {
      events_.push_back(std::move(life.back()));
      life.pop_back();
    }
    if (life.empty()) lives_.erase(lives_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  Event other(EventType type, const char* id, const char* by, const char* key = "", const char* detail = "") {
    Event event;
    event.type = type;
    event.id = id;
    event.by = by;
    event.key = key;
    event.detail = detail;
    return event;
  }

  void plant_others() {
    const std::vector<Event> kinds{other(EventType::inject, "kill", "kill", "client/0"),
                                   other(EventType::heal, "kill", "kill", "client/0"),
                                   other(EventType::note, "drained", "store"),
                                   other(EventType::note, "kill", "plan", "kill", "client/0"),
                                   other(EventType::process, "exited", "client/0", "unasked", "exit code 1"),
                                   other(EventType::process, "stopping", "client/0"),
                                   other(EventType::process, "exited", "client/0"),
                                   other(EventType::note, "unknown", "harness", "", "a witness failed"),
                                   other(EventType::phase, "", "drive"),
                                   other(EventType::phase, "", "drain"),
                                   other(EventType::note, "witness", "store")};
    for (std::int64_t n = rng_.chance(0.7) ? rng_.between(0, 12) : 0; n > 0; --n) {
      // The rarest last: a declared witness rules the fast way out.
      const auto kind = static_cast<std::size_t>(rng_.between(0, rng_.chance(0.05) ? 10 : 9));
      const auto place = rng_.between(0, static_cast<std::int64_t>(events_.size()));
      events_.insert(events_.begin() + static_cast<std::ptrdiff_t>(place), kinds[kind]);
    }
  }

  Rng& rng_;
  std::int64_t form_;
  double mess_;
  bool seq_;
  std::vector<std::vector<Event>> lives_;
  std::vector<Event> events_;
};

}  // namespace

std::vector<Event> plain_history(Rng& rng, std::int64_t messages) { return Generator(rng, messages).finish(); }

std::string as_json_lines(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) append_json_line(event.view(), text);
  return text;
}

std::string as_packed(const std::vector<Event>& events) {
  std::string bytes;
  HistoryPacker packer([&](const unsigned char* data, std::size_t size) {
    bytes.append(reinterpret_cast<const char*>(data), size);
    return Status::success();
  });
  for (const Event& event : events) EXPECT_TRUE(packer.add(event.view()));
  EXPECT_TRUE(packer.finish());
  return bytes;
}

std::int64_t TextSource::read(unsigned char* to, std::size_t size) {
  const std::size_t count = std::min(size, text_.size() - at_);
  std::memcpy(to, text_.data() + at_, count);
  at_ += count;
  return static_cast<std::int64_t>(count);
}

bool TextSource::seek(std::uint64_t offset) {
  at_ = std::min<std::size_t>(offset, text_.size());
  return true;
}

}  // namespace stormproof
