/// Effects are lines of a target's output that match a regular expression; its groups say which message it was.
#include <fmt/core.h>

#include <array>
#include <atomic>
#include <charconv>
#include <string>

#include "harness/model/line_regex.h"
#include "harness/witnesses/catalog.h"

namespace stormproof::witnesses {

namespace {

/// Searching a line takes time that grows with the square of its length.
constexpr std::size_t kLineMax = 8192;
constexpr double kGroupMax = 50;

class Log final : public Witness {
 public:
  explicit Log(const WitnessContext& context) : context_(context) {}

  Result<std::string> open() override { return std::string(); }

  Status configure(const Params& params) override {
    target_ = params.text("target");
    try {
      pattern_ = std::regex(params.text("pattern"), kLineRegex);
    } catch (const std::regex_error& error) {
      return usage_error(fmt::format("witness {}: the pattern does not compile: {}", context_.name, error.what()));
    }
    for (std::size_t i = 0; i < kGroups.size(); ++i) {
      groups_[i] = static_cast<std::size_t>(params.integer(kGroups[i]));
      if (groups_[i] <= pattern_.mark_count()) continue;
      return usage_error(fmt::format("witness {}: {} is {}, but the pattern has {} groups", context_.name, kGroups[i],
                                     groups_[i], pattern_.mark_count()),
                         "count the opening brackets of the pattern, without those of (?:...)");
    }
    return {};
  }

  Status poll() override { return {}; }

  Status drain() override {
    if (too_long_ > 0) note(fmt::format("{} lines longer than {} bytes were not looked at", too_long_, kLineMax));
    if (unusable_ > 0)
      note(fmt::format("{} lines matched without an id or with a sequence that is no number", unusable_));
    return {};
  }

  void on_line(const std::string& process, std::string_view line) override {
    if (!of_target(process)) return;
    if (line.size() > kLineMax) {
      ++too_long_;
      return;
    }
    std::cmatch match;
    try {
      if (!std::regex_search(line.data(), line.data() + line.size(), match, pattern_)) return;
    } catch (const std::regex_error&) {  // error_complexity, error_stack
      ++too_long_;
      return;
    }
    record(process, match);
  }

 private:
  static constexpr std::array<const char*, 4> kGroups = {"id_group", "key_group", "seq_group", "digest_group"};

  bool of_target(std::string_view process) const {
    if (!process.starts_with(target_)) return false;
    return process.size() == target_.size() || process[target_.size()] == '/';
  }

  /// Group 0, the whole match, stands for "absent".
  std::string_view group(const std::cmatch& match, std::size_t which) const {
    const std::size_t number = groups_[which];
    if (number == 0 || !match[number].matched) return {};
    return {match[number].first, static_cast<std::size_t>(match[number].length())};
  }

  void record(const std::string& process, const std::cmatch& match) {
    EventView effect;
    effect.type = EventType::effect;
    effect.id = group(match, 0);
    effect.key = group(match, 1);
    effect.digest = group(match, 3);
    effect.by = process;
    const std::string_view seq = group(match, 2);
    if (!seq.empty()) {
      std::int64_t value = 0;
      const auto [end, failure] = std::from_chars(seq.data(), seq.data() + seq.size(), value);
      if (failure != std::errc{} || end != seq.data() + seq.size()) {
        ++unusable_;
        return;
      }
      effect.seq = value;
    }
    if (effect.id.empty()) {
      ++unusable_;
      return;
    }
    context_.recorder.record(effect);
  }

  void note(const std::string& detail) {
    EventView event;
    event.type = EventType::note;
    event.by = context_.name;
    event.detail = detail;
    context_.recorder.record(event);
  }

  WitnessContext context_;
  std::string target_;
  std::regex pattern_;
  std::array<std::size_t, kGroups.size()> groups_{};
  std::atomic<std::uint64_t> too_long_{0};
  std::atomic<std::uint64_t> unusable_{0};
};

constexpr std::array<ParamSpec, 6> kParams = {{
    {.name = "target",
     .type = ParamType::text,
     .help = "whose output: a target, all its replicas, or one of them (\"client/0\")",
     .required = true},
    {.name = "pattern",
     .type = ParamType::regex,
     .help = "a line that matches anywhere is one effect",
     .required = true},
    {.name = "id_group",
     .type = ParamType::integer,
     .help = "which group of the pattern is the message's id",
     .fallback = "1",
     .low = 1,
     .high = kGroupMax},
    {.name = "key_group",
     .type = ParamType::integer,
     .help = "which group is its ordering key; 0: none",
     .fallback = "0",
     .low = 0,
     .high = kGroupMax},
    {.name = "seq_group",
     .type = ParamType::integer,
     .help = "which group is its sequence within the key; 0: none",
     .fallback = "0",
     .low = 0,
     .high = kGroupMax},
    {.name = "digest_group",
     .type = ParamType::integer,
     .help = "which group is the digest of its payload; 0: none",
     .fallback = "0",
     .low = 0,
     .high = kGroupMax},
}};

}  // namespace

constinit const WitnessKind log_kind{
    {{"log", "lines of a target's output that match a regular expression", kParams}, false},
    [](const WitnessSpec& spec, const WitnessContext& context) -> std::unique_ptr<Witness> {
      (void)spec;
      return std::make_unique<Log>(context);
    }};

}  // namespace stormproof::witnesses
