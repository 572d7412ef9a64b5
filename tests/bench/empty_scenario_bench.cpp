/// What a run costs before it does anything: a scenario with two trivial targets and no work, from exec to exit.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <vector>

#include "tests/e2e/support/child.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

constexpr int kRounds = 31;
constexpr double kBarMs = 100;

/// Nothing is sent and nothing observed.
std::string scenario_text() {
  const std::string target = "command = [\"" STORMPROOF_IDLE "\"]\n";
  return "name = \"empty\"\nlinger = \"0s\"\nsettle = \"0s\"\n[targets.first]\n" + target + "[targets.second]\n" +
         target;
}

struct Times {
  double median, p90, worst;
};

Times measure(const std::vector<std::string>& argv, const TempDir& dir, int wanted_exit) {
  std::vector<double> ms;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::string> arguments = argv;
    if (arguments.size() > 2) arguments.insert(arguments.end(), {"--out", (dir / std::to_string(round)).string()});
    const auto start = std::chrono::steady_clock::now();
    const e2e::Ran ran = e2e::Child(arguments).wait();
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    if (ran.exit_code != wanted_exit) {
      std::fprintf(stderr, "exit status %d, not %d:\n%s%s", ran.exit_code, wanted_exit, ran.out.c_str(),
                   ran.err.c_str());
      std::exit(4);
    }
  }
  std::sort(ms.begin(), ms.end());
  return {ms[kRounds / 2], ms[kRounds * 9 / 10], ms.back()};
}

void print(const char* what, const Times& times) {
  std::printf("%-44s %8.1f %8.1f %8.1f\n", what, times.median, times.p90, times.worst);
}

int bench() {
  const TempDir dir;
  const std::string scenario = (dir / "empty.toml").string();
  std::ofstream(scenario) << scenario_text();
  std::printf("exec to exit, %d rounds                     median      p90    worst  (ms)\n", kRounds);
  print("stormproof --version", measure(e2e::stormproof({"--version"}), dir, 0));
  // Nothing is sent, so the verdict is unknown.
  const Times times = measure(e2e::stormproof({"run", scenario}), dir, 3);
  print("an empty scenario with two targets", times);
  std::printf("bar: median at most %.0f ms: %s\n", kBarMs, times.median <= kBarMs ? "kept" : "MISSED");
  return 0;
}

}  // namespace
}  // namespace stormproof

int main() { return stormproof::bench(); }
