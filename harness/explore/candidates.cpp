#include "harness/explore/candidates.h"

#include <algorithm>
#include <array>

namespace stormproof {

namespace {

using Kind = TriggerSpec::Kind;
using std::chrono::milliseconds;

class Collector {
 public:
  Collector(const Schedule& schedule, const CandidateHints& hints) : from_(schedule), hints_(hints) {}

  std::vector<Schedule> collect() {
    fewer();
    for (std::size_t i = 0; i < from_.faults.size(); ++i) gentler(i);
    for (std::size_t i = 0; i < from_.faults.size(); ++i) earlier(i);
    less_work();
    return std::move(found_);
  }

 private:
  void add(Schedule schedule) {
    make_valid(schedule);
    if (to_text(schedule) == to_text(from_)) return;
    if (schedule.faults.empty() && !from_.faults.empty() && from_.faults.size() > 1) return;
    const bool known = std::any_of(found_.begin(), found_.end(),
                                   [&](const Schedule& other) { return to_text(other) == to_text(schedule); });
    if (!known) found_.push_back(std::move(schedule));
  }

  template <class Edit>
  void edit(std::size_t index, Edit change) {
    Schedule schedule = from_;
    change(schedule.faults[index]);
    add(std::move(schedule));
  }

  Schedule keep(const std::vector<bool>& kept) const {
    Schedule schedule = from_;
    for (std::size_t i = kept.size(); i-- > 0;) {
      if (!kept[i]) schedule = without(schedule, i);
    }
    return schedule;
  }

  void keep_blamed(const std::set<std::string>& names) {
    std::vector<bool> kept;
    for (const FaultSpec& fault : from_.faults) kept.push_back(names.count(fault.name) > 0);
    const auto count = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true));
    if (count > 0 && count < kept.size()) add(keep(kept));
  }

  /// Those blamed alone, then halves, then all but one: a few large steps, then small ones.
  void fewer() {
    const std::size_t count = from_.faults.size();
    if (count > 1) {
      for (const std::string& name : hints_.blamed) keep_blamed({name});
      if (hints_.blamed.size() > 1) keep_blamed(hints_.blamed);
    }
    if (count > 2) {
      for (const bool first : {true, false}) {
        std::vector<bool> kept(count);
        for (std::size_t i = 0; i < count; ++i) kept[i] = (i < (count + 1) / 2) == first;
        add(keep(kept));
      }
    }
    for (std::size_t i = count; i-- > 0 && count > 0;) add(without(from_, i));
  }

  /// A kind that does less of the same; every chain ends.
  void gentler(std::size_t index) {
    const FaultSpec& fault = from_.faults[index];
    const auto becomes = [&](const char* kind, bool lasting) {
      edit(index, [&](FaultSpec& f) {
        f.kind = kind;
        f.params = {};
        f.lasts.reset();
        if (lasting) {
          f.restart.reset();
          f.lasts = milliseconds(200);
        }
      });
    };
    if (fault.kind == "kill" || fault.kind == "term") becomes("pause", true);
    if (fault.kind == "oom") becomes("kill", false);
    if (fault.kind == "crash_loop") becomes("kill", false);
    if (!fault.target.empty() && fault.target.find('/') == std::string::npos) {
      edit(index, [](FaultSpec& f) { f.target += "/0"; });
    }
    if (fault.direction == Direction::both && !fault.link.empty()) {
      for (const Direction one : {Direction::downstream, Direction::upstream}) {
        edit(index, [&](FaultSpec& f) { f.direction = one; });
      }
    }
    if (fault.lasts && *fault.lasts > milliseconds(40)) {
      edit(index, [](FaultSpec& f) {
        f.lasts = std::max<Nanos>(*f.lasts / milliseconds(2) * milliseconds(1), milliseconds(20));
      });
    }
    smaller_params(index);
  }

  /// Parameters of which less is gentler.
  void smaller_params(std::size_t index) {
    constexpr std::array<std::string_view, 6> kAmounts{"latency", "jitter", "delay", "times", "loss_rate", "variation"};
    for (const auto& [name, entry] : from_.faults[index].params.entries()) {
      if (std::find(kAmounts.begin(), kAmounts.end(), name) == kAmounts.end()) continue;
      ParamValue less = entry.value;
      if (auto* whole = std::get_if<std::int64_t>(&less)) *whole = std::max<std::int64_t>(1, *whole / 2);
      if (auto* real = std::get_if<double>(&less)) *real = *real > 0.02 ? *real / 2 : *real;
      if (auto* size = std::get_if<std::uint64_t>(&less)) *size /= 2;
      if (auto* time = std::get_if<Nanos>(&less)) *time = *time / milliseconds(2) * milliseconds(1);
      edit(index, [&, key = name](FaultSpec& f) { f.params.set(key, less); });
    }
  }

  /// Smaller and rounder counts and times.
  void earlier(std::size_t index) {
    const auto at_trigger = [&](auto change) { edit(index, [&](FaultSpec& f) { change(f.when); }); };
    const TriggerSpec& when = from_.faults[index].when;
    if (when.delay > Nanos{}) {
      at_trigger([](TriggerSpec& t) { t.delay = {}; });
      at_trigger([](TriggerSpec& t) { t.delay = t.delay / milliseconds(2) * milliseconds(1); });
    }
    if (when.count > 1) {
      for (const std::int64_t less : {when.count / 8, when.count / 2, rounder(when.count)}) {
        at_trigger([&](TriggerSpec& t) { t.count = std::max<std::int64_t>(1, less); });
      }
    }
    if (when.occurrence > 1) at_trigger([](TriggerSpec& t) { t.occurrence /= 2; });
    if (when.time > milliseconds(1)) {
      at_trigger([](TriggerSpec& t) {
        t.time = std::max<Nanos>(milliseconds(1), t.time / milliseconds(2) * milliseconds(1));
      });
    }
  }

  /// 1 significant digit, not more than the value.
  static std::int64_t rounder(std::int64_t value) {
    std::int64_t grain = 1;
    while (value / grain >= 10) grain *= 10;
    return value / grain * grain;
  }

  /// Half the messages, the counts that go with them halved too or left as they are.
  void less_work() {
    const std::int64_t now = from_.messages > 0 ? from_.messages : hints_.messages;
    constexpr std::int64_t kFew = 20;
    if (now <= kFew) return;
    for (const std::int64_t divisor : {4, 2}) {
      const std::int64_t less = std::max(kFew, now / divisor);
      if (less >= now) continue;
      Schedule scaled = from_;
      scaled.messages = less;
      for (FaultSpec& fault : scaled.faults) {
        if (fault.when.count > 1) fault.when.count = std::max<std::int64_t>(1, fault.when.count * less / now);
      }
      Schedule plain = from_;
      plain.messages = less;
      add(std::move(plain));
      add(std::move(scaled));
    }
  }

  const Schedule& from_;
  const CandidateHints& hints_;
  std::vector<Schedule> found_;
};

}  // namespace

std::vector<Schedule> candidates(const Schedule& schedule, const CandidateHints& hints) {
  return Collector(schedule, hints).collect();
}

}  // namespace stormproof
