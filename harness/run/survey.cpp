#include "harness/run/survey.h"

#include <utility>

namespace stormproof {

namespace {

constexpr std::size_t kLinesMost = 10'000;
constexpr std::size_t kSamplesMost = 2'000;

std::uint64_t bytes_of(const std::map<std::string, LinkStats>& links) {
  std::uint64_t bytes = 0;
  for (const auto& [name, stats] : links) bytes += stats.upstream_bytes + stats.downstream_bytes;
  return bytes;
}

}  // namespace

void Surveyor::on_line(const std::string& process, std::string_view line) {
  using When = SurveyedLine::When;
  const bool driving = drive_at_ >= Nanos{};
  // Whether these come before a trigger begins to count is a race.
  if (driving && effects_ == 0) return;
  if (survey_.lines.size() >= kLinesMost) return;
  const When when = !driving ? When::starting : healed_ ? When::stopping : When::working;
  survey_.lines.push_back({process, std::string(line), when});
}

void Surveyor::on_tick(Nanos now, std::uint64_t effects, std::map<std::string, LinkStats> links) {
  effects_ = effects;
  if (healed_ || survey_.samples.size() >= kSamplesMost) return;
  if (!survey_.samples.empty()) {
    const Survey::Sample& last = survey_.samples.back();
    if (last.effects == effects && bytes_of(last.links) == bytes_of(links)) return;
  }
  survey_.samples.push_back({now - drive_at_, effects, std::move(links)});
}

}  // namespace stormproof
