#include "harness/explore/foresight.h"

#include <algorithm>

namespace stormproof {

namespace {

using Kind = TriggerSpec::Kind;
using std::chrono::milliseconds;

constexpr Nanos kStartUp = milliseconds(150);  ///< of a process until it is at work
constexpr Nanos kBackOff = milliseconds(100);  ///< of a process that its target's own policy restarts
constexpr Nanos kResume = milliseconds(60);    ///< until clients have noticed that something is back
constexpr std::uint64_t kSegment = 1460;
constexpr double kReach = 0.95;  ///< the share of a count that is surely reached

Nanos part_of(Nanos whole, std::int64_t count, std::uint64_t most) {
  return most == 0 ? whole : Nanos(static_cast<std::int64_t>(static_cast<double>(whole.count()) * count / most));
}

bool stops_in_order(const FaultSpec& fault) { return fault.kind == "term" || fault.kind == "restart"; }

/// The outlook on one schedule; answers are made on demand, because a trigger may wait for a later fault.
class Outlook {
 public:
  Outlook(const Palette& palette, const Census& census, const Schedule& schedule)
      : palette_(palette), census_(census), faults_(schedule.faults), seen_(faults_.size()), state_(faults_.size()) {}

  std::vector<Foreseen> take() {
    for (std::size_t i = 0; i < faults_.size(); ++i) strike(i);
    for (std::size_t i = 0; i < faults_.size(); ++i) seen_[i].felt = seen_[i].strikes && felt(i);
    return std::move(seen_);
  }

 private:
  enum class State { unknown, asked, known };

  const FaultKindInfo* kind_of(const FaultSpec& fault) const {
    for (const Strike& strike : palette_.strikes) {
      if (strike.kind->name == fault.kind) return strike.kind;
    }
    return nullptr;
  }
  bool breaks(std::size_t i) const {
    const FaultKindInfo* kind = kind_of(faults_[i]);
    return ends_processes(faults_[i]) || (kind != nullptr && kind->breaks);
  }
  /// Nothing flows on `link` while it is in force.
  bool blocks(std::size_t i, const std::string& link) const {
    const FaultSpec& fault = faults_[i];
    const FaultKindInfo* kind = kind_of(fault);
    if (!fault.link.empty()) return fault.link == link && kind != nullptr && kind->blocks;
    const auto ends = palette_.links.find(link);
    if (ends == palette_.links.end()) return false;
    const auto struck = [&](const std::string& process) { return covers(fault.target, process); };
    const std::vector<std::string>& clients = ends->second.clients;
    return struck(ends->second.server) || (!clients.empty() && std::all_of(clients.begin(), clients.end(), struck));
  }

  const Foreseen& strike(std::size_t i) {
    if (state_[i] != State::unknown) return seen_[i];  // asked: it waits for itself, and never strikes
    state_[i] = State::asked;
    const FaultSpec& fault = faults_[i];
    Foreseen seen;
    if (const std::optional<Nanos> at = moment(fault, seen)) {
      seen.strikes = true;
      seen.from = *at + fault.when.delay;
      seen.to = seen.from + span(fault);
    }
    seen_[i] = seen;
    state_[i] = State::known;
    return seen_[i];
  }

  static Nanos span(const FaultSpec& fault) {
    if (fault.lasts) return *fault.lasts;
    if (fault.restart) return *fault.restart;
    return ends_processes(fault) ? kBackOff : Nanos{};
  }

  /// When its trigger comes true, without the delay.
  std::optional<Nanos> moment(const FaultSpec& fault, Foreseen& seen) {
    const TriggerSpec& when = fault.when;
    const auto counted = [&](std::uint64_t most, Nanos whole) -> std::optional<Nanos> {
      if (static_cast<double>(when.count) > std::max(1.0, kReach * static_cast<double>(most))) return std::nullopt;
      return part_of(whole, when.count, most);
    };
    switch (when.kind) {
      case Kind::effects: return counted(census_.effects, census_.work);
      case Kind::sent: return counted(census_.sent, census_.work);
      case Kind::acked: return counted(census_.acked, census_.work);
      case Kind::bytes: {
        const auto link = census_.links.find(when.link);
        if (link == census_.links.end()) return std::nullopt;
        // On the fault's own link only the direction it strikes is counted.
        const Direction direction = fault.link == when.link ? fault.direction : Direction::both;
        const std::uint64_t bytes = link->second.bytes(direction);
        // Mostly acknowledgements of what came down, which differ from run to run.
        constexpr double kUpstream = 0.6;
        if (direction == Direction::upstream && when.count > kUpstream * static_cast<double>(bytes))
          return std::nullopt;
        return counted(bytes, link->second.busy);
      }
      case Kind::connections: return at_connection(fault, seen);
      case Kind::log: return at_line(fault, seen);
      case Kind::exits:
        return chained(fault, seen, [&](const FaultSpec& other) {
          return ends_processes(other) && (covers(when.target, other.target) || covers(other.target, when.target));
        });
      case Kind::after: return chained(fault, seen, [&](const FaultSpec& other) { return other.name == when.fault; });
      case Kind::at: return when.time <= census_.work ? std::optional(when.time) : std::nullopt;
      case Kind::every: return when.time;
    }
    return std::nullopt;
  }

  /// The start of the first fault that `wanted` accepts and that strikes.
  template <class Wanted>
  std::optional<Nanos> chained(const FaultSpec& fault, Foreseen& seen, Wanted wanted) {
    for (std::size_t i = 0; i < faults_.size(); ++i) {
      if (faults_[i].name == fault.name || !wanted(faults_[i]) || !strike(i).strikes) continue;
      seen.parent = i;
      return seen_[i].from;
    }
    return std::nullopt;
  }

  std::optional<Nanos> at_connection(const FaultSpec& fault, Foreseen& seen) {
    const auto link = census_.links.find(fault.when.link);
    if (link == census_.links.end()) return std::nullopt;
    const auto connections = static_cast<std::int64_t>(link->second.connections);
    if (fault.when.count <= connections) return Nanos{};
    if (fault.when.count > connections + 1) return std::nullopt;
    const auto reconnects = [&](const FaultSpec& other) {
      return ends_processes(other) ||
             (other.link == fault.when.link && kind_of(other) != nullptr && kind_of(other)->breaks);
    };
    if (!chained(fault, seen, reconnects)) return std::nullopt;
    return seen_[*seen.parent].to + kResume;
  }

  std::optional<Nanos> at_line(const FaultSpec& fault, Foreseen& seen) {
    const TriggerSpec& when = fault.when;
    for (const LogClass& lines : census_.logs) {
      if (lines.process != when.target || lines.pattern != when.pattern) continue;
      if (lines.when == LogClass::When::working) {
        if (when.occurrence > lines.times) return std::nullopt;
        return part_of(census_.work, when.occurrence, static_cast<std::uint64_t>(lines.times) + 1);
      }
      if (when.occurrence > 1) return std::nullopt;
      const bool starting = lines.when == LogClass::When::starting;
      const auto makes_it_say_so = [&](const FaultSpec& other) {
        return covers(other.target, lines.process) && (starting ? ends_processes(other) : stops_in_order(other));
      };
      const std::optional<Nanos> begun = chained(fault, seen, makes_it_say_so);
      return begun && starting ? std::optional(seen_[*seen.parent].to + kResume) : begun;
    }
    return std::nullopt;
  }

  bool felt(std::size_t i) const {
    return faults_[i].link.empty() ? finds_its_target_up(i) : fits_its_span(i) && finds_something_going_on(i);
  }

  bool finds_its_target_up(std::size_t i) const {
    for (std::size_t g = 0; g < faults_.size(); ++g) {
      if (g == i || !seen_[g].strikes || !ends_processes(faults_[g])) continue;
      if (!covers(faults_[g].target, faults_[i].target)) continue;
      const bool before = seen_[g].from < seen_[i].from || (seen_[g].from == seen_[i].from && g < i);
      if (before && seen_[i].from <= seen_[g].to + kStartUp) return false;
    }
    return true;
  }

  /// Its parameters let it act while it is in force.
  bool fits_its_span(std::size_t i) const {
    const Params& params = faults_[i].params;
    const auto link = census_.links.find(faults_[i].link);
    if (link == census_.links.end()) return true;
    const LinkCensus& there = link->second;
    // The probing run had the machine to itself; trials run several at a time.
    constexpr double kSlower = 3;
    const double rate = static_cast<double>(there.bytes(faults_[i].direction)) / seconds(there.busy) / kSlower;
    Nanos due{};
    for (const char* name : {"deadline", "timeout"}) {
      const bool breaks_by_time = params.has(name) && kind_of(faults_[i]) != nullptr && !kind_of(faults_[i])->blocks;
      if (breaks_by_time) due = params.duration(name);
    }
    if (!seen_[i].parent && seen_[i].from + due > census_.work) return false;
    if (params.has("bytes")) due = in_nanos(static_cast<double>(params.size("bytes")) / std::max(1.0, rate));
    if (due > Nanos{} && !has_time(i, due + milliseconds(10))) return false;
    const double busy = seconds(there.busy);
    const double left = seen_[i].parent ? busy : std::max(0.0, busy - seconds(seen_[i].from));
    const double bytes = rate * std::min({kSlower * busy, seconds(span(faults_[i])), kSlower * left});
    const auto amount = [&](const char* name) {
      return params.has(name) ? static_cast<double>(params.size(name)) : 0.0;
    };
    constexpr double kSomeBytes = 200;
    if (bytes < std::max({kSomeBytes, 2 * amount("bytes"), 100 * amount("size")})) return false;
    if (rate < 5 * amount("rate")) return false;
    if (!params.has("loss_rate")) return true;
    constexpr double kSureLosses = 5;
    return params.number("loss_rate") * (1 - params.number("correlation")) * bytes / kSegment >= kSureLosses;
  }

  static double seconds(Nanos t) { return std::max(0.001, std::chrono::duration<double>(t).count()); }

  static Nanos in_nanos(double t) { return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(t)); }

  /// It acts once a connection is so old, or has carried so much: none of the others must always come in between.
  bool has_time(std::size_t i, Nanos due) const {
    if (span(faults_[i]) < due) return false;
    for (std::size_t g = 0; g < faults_.size(); ++g) {
      if (g == i || !seen_[g].strikes || !(breaks(g) || blocks(g, faults_[i].link))) continue;
      const Nanos back = seen_[g].to + (ends_processes(faults_[g]) ? kStartUp : kResume);
      if (seen_[g].from > seen_[i].to || back < seen_[i].from) continue;
      if (seen_[g].from - seen_[i].from < due && seen_[i].to - back < due) return false;
    }
    return true;
  }

  bool finds_something_going_on(std::size_t i) const {
    const FaultSpec& fault = faults_[i];
    const FaultKindInfo* kind = kind_of(fault);
    if (kind == nullptr) return true;
    for (std::size_t g = 0; g < faults_.size(); ++g) {
      if (g == i || !seen_[g].strikes || !blocks(g, fault.link)) continue;
      constexpr Nanos kInexact = milliseconds(15);
      if (seen_[g].from > seen_[i].from + kInexact) continue;
      if (seen_[i].to <= seen_[g].to + kStartUp) return false;
      if (kind->needs == FaultNeeds::open_connection && seen_[i].from <= seen_[g].to + kStartUp) return false;
    }
    if (kind->needs == FaultNeeds::closing) return sees_a_break(i);
    const bool own_link = fault.when.link == fault.link;
    if (kind->needs == FaultNeeds::new_connection) {
      if (fault.when.kind == Kind::connections && own_link && !seen_[i].parent) return true;
      return sees_a_return(i, /*from_the_break=*/true);
    }
    if (fault.when.kind == Kind::bytes && own_link) return true;
    const auto link = census_.links.find(fault.link);
    if (link == census_.links.end()) return true;
    if (busy_at(i, link->second)) return true;
    return kind->needs == FaultNeeds::traffic && sees_a_return(i, /*from_the_break=*/false);
  }

  bool busy_at(std::size_t i, const LinkCensus& link) const {
    constexpr double kSurely = 0.8;
    if (seen_[i].parent && breaks(*seen_[i].parent)) return false;
    if (faults_[i].when.kind == Kind::effects) {
      return static_cast<double>(faults_[i].when.count) <= kSurely * static_cast<double>(link.busy_effects);
    }
    return static_cast<double>(seen_[i].from.count()) <= kSurely * static_cast<double>(link.busy.count());
  }

  /// What lies between the two is known: one waits for the other, or both for the same.
  bool tied(std::size_t i, std::size_t g) const {
    if (seen_[i].parent == g || seen_[g].parent == i) return true;
    const TriggerSpec& a = faults_[i].when;
    const TriggerSpec& b = faults_[g].when;
    return a.kind == b.kind && a.link == b.link && seen_[i].parent == seen_[g].parent;
  }

  /// A process at the end of the link that its direction comes from ends while it is in force.
  bool sees_a_break(std::size_t i) const {
    for (std::size_t g = 0; g < faults_.size(); ++g) {
      if (g == i || !seen_[g].strikes || !ends_processes(faults_[g]) || !tied(i, g)) continue;
      const auto ends = palette_.links.find(faults_[i].link);
      const bool server = ends != palette_.links.end() && covers(faults_[g].target, ends->second.server);
      if (faults_[i].direction == (server ? Direction::upstream : Direction::downstream)) continue;
      // Other faults may make the time between them longer.
      const Nanos gap = seen_[g].from - seen_[i].from;
      if (gap > Nanos{} && seen_[g].from + 2 * gap + kResume <= seen_[i].to) return true;
    }
    return false;
  }

  /// What another fault stopped goes on while it is in force.
  bool sees_a_return(std::size_t i, bool from_the_break) const {
    for (std::size_t g = 0; g < faults_.size(); ++g) {
      if (g == i || !seen_[g].strikes || !tied(i, g) || seen_[g].from > census_.work) continue;
      if (!breaks(g) && (from_the_break || !blocks(g, faults_[i].link))) continue;
      const bool process = ends_processes(faults_[g]);
      const Nanos latest_start = from_the_break && !process ? seen_[g].from - Nanos(1) : seen_[g].to;
      const Nanos back = seen_[g].to + (process ? kStartUp : kResume);
      if (seen_[i].from <= latest_start && back <= seen_[i].to) return true;
    }
    return false;
  }

  const Palette& palette_;
  const Census& census_;
  const std::vector<FaultSpec>& faults_;
  std::vector<Foreseen> seen_;
  std::vector<State> state_;
};

}  // namespace

std::vector<Foreseen> Foresight::of(const Schedule& schedule) const {
  return Outlook(palette_, census_, schedule).take();
}

bool Foresight::plausible(const Schedule& schedule) const {
  const std::vector<Foreseen> all = of(schedule);
  return std::all_of(all.begin(), all.end(), [](const Foreseen& one) { return one.felt; });
}

}  // namespace stormproof
