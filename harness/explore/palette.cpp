#include "harness/explore/palette.h"

#include <algorithm>
#include <array>

#include "harness/base/assert.h"
#include "harness/model/link_cuts.h"
#include "harness/model/param_text.h"
#include "harness/model/trigger_text.h"

namespace stormproof {

namespace {

using std::chrono::milliseconds;

constexpr DurationRange kLasts{milliseconds(20), milliseconds(600)};
constexpr DurationRange kRestart{milliseconds(50), milliseconds(500)};

template <class T>
bool has(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

template <class T>
ParamChoice range(T low, T high) {
  return {ParamChoice::Form::range, {ParamValue(low), ParamValue(high)}};
}

/// Some parameters mean more than their type says; the rest gets what suits the type.
std::optional<ParamChoice> usual_values(const ParamSpec& spec) {
  constexpr std::uint64_t kKi = 1024;
  if (spec.name == "per_byte") return range(0.00001, 0.01);
  // Less would often hit nothing at all, and pieces as large as whole reads slice nothing.
  if (spec.name == "loss_rate") return range(0.05, 0.5);
  if (spec.name == "size") return range<std::uint64_t>(1, kKi);
  if (spec.name == "variation") return range<std::uint64_t>(0, 64);
  if (spec.name == "grace") return std::nullopt;
  switch (spec.type) {
    case ParamType::boolean: return ParamChoice{ParamChoice::Form::one_of, {false, true}};
    case ParamType::integer: {
      const bool bounded = spec.low != spec.high;
      const auto low = bounded ? static_cast<std::int64_t>(spec.low) : 1;
      const auto high = bounded ? static_cast<std::int64_t>(spec.high) : 1000;
      return range(low, std::min(high, low + (spec.name == "times" ? 3 : 9999)));
    }
    case ParamType::number: return spec.low != spec.high ? range(spec.low, spec.high) : range(0.0, 1.0);
    case ParamType::probability: return range(0.0, 0.5);
    case ParamType::duration: return range<Nanos>(milliseconds(1), milliseconds(200));
    case ParamType::size: return range<std::uint64_t>(1, 32 * kKi);
    case ParamType::rate: return range<std::uint64_t>(4 * kKi, 1024 * kKi);
    case ParamType::choice: {
      ParamChoice choice;
      for (const std::string_view word : spec.choices) choice.values.emplace_back(std::string(word));
      return choice;
    }
    case ParamType::text:
    case ParamType::regex:
    case ParamType::text_list:
    case ParamType::text_map: return std::nullopt;
  }
  return std::nullopt;
}

class Builder {
 public:
  Builder(const Scenario& scenario, const Kinds& kinds)
      : scenario_(scenario), kinds_(kinds), spec_(scenario.explore.value_or(ExploreSpec{})) {}

  Result<Palette> build() {
    palette_.max_faults = static_cast<std::size_t>(spec_.max_faults);
    for (const LinkSpec& link : scenario_.links) {
      Palette::Ends& ends = palette_.links[link.name];
      ends.server = link.to_target + '/' + std::to_string(link.to_index);
      for (const TargetSpec& target : scenario_.targets) {
        for (int i = 0; i < target.replicas && uses_link(target, link.name); ++i) {
          ends.clients.push_back(process_name(target, i));
        }
      }
    }
    add_triggers();
    if (spec_.palette.empty()) {
      for (const FaultKindInfo* kind : kinds_.faults) {
        PaletteEntry entry;
        entry.kind = kind->name;
        if (wanted(*kind)) add(entry, *kind);
      }
    }
    for (const PaletteEntry& entry : spec_.palette) {
      for (const FaultKindInfo* kind : kinds_.faults) {
        if (kind->name == entry.kind) add(entry, *kind);
      }
    }
    if (!palette_.strikes.empty()) return std::move(palette_);
    return usage_error(scenario_.file + ": [explore] leaves nothing that could strike",
                       "name more `kinds`, `targets` or `links`");
  }

 private:
  static std::string process_name(const TargetSpec& target, int index) {
    return target.name + '/' + std::to_string(index);
  }

  bool wanted(const FaultKindInfo& kind) const {
    if (!spec_.kinds.empty()) return has(spec_.kinds, std::string(kind.name));
    const bool limited = std::any_of(scenario_.targets.begin(), scenario_.targets.end(),
                                     [](const TargetSpec& target) { return target.limits.memory.has_value(); });
    if (kind.contains) return limited;
    return kind.name != "corrupt" && kind.name != "duplicate_bytes";
  }

  void add_triggers() {
    using Kind = TriggerSpec::Kind;
    bool pushes = false;
    for (const SourceKindInfo* source : kinds_.sources) {
      pushes = pushes || (scenario_.source && source->name == scenario_.source->kind && source->pushes);
    }
    for (const Kind kind : {Kind::effects, Kind::sent, Kind::acked, Kind::log, Kind::exits, Kind::connections,
                            Kind::bytes, Kind::after, Kind::at}) {
      if (!spec_.triggers.empty() && !has(spec_.triggers, std::string(to_string(kind)))) continue;
      if (kind == Kind::effects && scenario_.witnesses.empty()) continue;
      if ((kind == Kind::sent || kind == Kind::acked) && !pushes) continue;
      if ((kind == Kind::bytes || kind == Kind::connections) && scenario_.links.empty()) continue;
      palette_.triggers.push_back(kind);
    }
  }

  std::vector<std::string> selectors(const PaletteEntry& entry) const {
    const auto of = [&](const std::string& name) -> std::vector<std::string> {
      const std::size_t slash = name.find('/');
      const TargetSpec* target = scenario_.find_target(name.substr(0, slash));
      STORMPROOF_ASSERT(target != nullptr, "the scenario reader checks selectors");
      if (slash != std::string::npos && !name.ends_with("/any")) return {name};
      std::vector<std::string> replicas;
      for (int i = 0; i < target->replicas; ++i) replicas.push_back(process_name(*target, i));
      if (slash == std::string::npos && target->replicas > 1) replicas.push_back(target->name);
      return replicas;
    };
    std::vector<std::string> names = spec_.targets;
    if (!entry.target.empty()) names = {entry.target};
    if (names.empty()) {
      for (const TargetSpec& target : scenario_.targets) names.push_back(target.name);
    }
    std::vector<std::string> all;
    for (const std::string& name : names) {
      for (std::string& selector : of(name)) all.push_back(std::move(selector));
    }
    return all;
  }

  std::vector<std::string> links(const PaletteEntry& entry) const {
    if (!entry.link.empty()) return {entry.link};
    if (!spec_.links.empty()) return spec_.links;
    std::vector<std::string> all;
    for (const LinkSpec& link : scenario_.links) all.push_back(link.name);
    return all;
  }

  void add(const PaletteEntry& entry, const FaultKindInfo& kind) {
    Strike strike;
    strike.kind = &kind;
    strike.weight = static_cast<std::size_t>(entry.weight);
    strike.lasts = entry.lasts.value_or(kLasts);
    strike.restart = entry.restart.value_or(kRestart);
    strike.params = entry.params;
    for (const ParamSpec& spec : kind.params) {
      if (strike.params.count(std::string(spec.name)) > 0) continue;
      if (auto values = usual_values(spec)) strike.params.emplace(std::string(spec.name), std::move(*values));
    }
    if (kind.scope == FaultScope::process) {
      strike.targets = selectors(entry);
      strike.may_stay_down = std::all_of(strike.targets.begin(), strike.targets.end(), [&](const auto& selector) {
        const TargetSpec* target = scenario_.find_target(selector.substr(0, selector.find('/')));
        return target != nullptr && target->restart == RestartPolicy::always;
      });
    } else {
      strike.links = links(entry);
    }
    if (!strike.targets.empty() || !strike.links.empty()) palette_.strikes.push_back(std::move(strike));
  }

  const Scenario& scenario_;
  const Kinds& kinds_;
  const ExploreSpec spec_;
  Palette palette_;
};

}  // namespace

Result<Palette> make_palette(const Scenario& scenario, const Kinds& kinds) { return Builder(scenario, kinds).build(); }

}  // namespace stormproof
