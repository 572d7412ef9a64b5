#include "tests/bench/proxy/neighbours.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace stormproof::bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double used_by(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

Neighbours::Neighbours() : start_(now()) {}

Neighbours::Sample Neighbours::now() {
  // proc(5): cpu user nice system idle iowait irq softirq steal, in clock ticks; guest time is in user already.
  constexpr int kColumns = 8;
  Sample sample;
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  for (int column = 0; column < kColumns; ++column) {
    double ticks = 0;
    file >> ticks;
    sample.total += ticks;
    if (column == 3 || column == 4) sample.idle += ticks;
  }
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  sample.total /= per_second;
  sample.idle /= per_second;
  sample.own = used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN);
  return sample;
}

double Neighbours::share() const {
  const Sample end = now();
  const double total = end.total - start_.total;
  if (total <= 0) return 0;
  const double others = total - (end.idle - start_.idle) - (end.own - start_.own);
  return std::clamp(others / total, 0.0, 1.0);
}

}  // namespace stormproof::bench
