/// What a run shows beyond its history to those who plan further ones: when its targets logged what, and until when its
/// links were busy.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/link.h"
#include "harness/base/clock.h"

namespace stormproof {

struct SurveyedLine {
  /// starting: before the drive phase, and again whenever the process comes back. working: after the first effect.
  /// stopping: after everything was healed.
  enum class When { starting, working, stopping };
  std::string process;
  std::string line;
  When when = When::working;
};

struct Survey {
  struct Sample {
    Nanos t{};  ///< since the drive phase began
    std::uint64_t effects = 0;
    std::map<std::string, LinkStats> links;
  };
  std::vector<SurveyedLine> lines;  ///< those between the start of the drive phase and the first effect left out
  std::vector<Sample> samples;      ///< of the drive phase, one whenever something had moved
};

/// Fills a survey. One thread; keeps bounded numbers of lines and samples.
class Surveyor {
 public:
  explicit Surveyor(Survey& survey) : survey_(survey) {}

  void on_drive(Nanos now) { drive_at_ = now; }
  void on_heal() { healed_ = true; }
  void on_line(const std::string& process, std::string_view line);
  void on_tick(Nanos now, std::uint64_t effects, std::map<std::string, LinkStats> links);

 private:
  Survey& survey_;
  Nanos drive_at_{-1};
  std::uint64_t effects_ = 0;
  bool healed_ = false;
};

}  // namespace stormproof
