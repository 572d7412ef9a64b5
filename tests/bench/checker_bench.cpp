/// The delivery checker on histories of 10^6 and 10^7 messages (three events each) and beside other ways to answer the
/// same questions. Arguments: the sizes of the dense row, for example 1000000 100000000 1000000000.
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "harness/base/clock.h"
#include "harness/check/checker.h"
#include "harness/check/fast_check.h"
#include "harness/check/invariant_list.h"
#include "tests/bench/checker_data.h"

namespace stormproof {
namespace {

constexpr const char* kOne = "exactly_once";
constexpr const char* kAll = "exactly_once,in_order,no_gaps,integrity,recovery,progress,graceful_stop";

struct Measured {
  double wall = 0;
  double cpu = 0;
  double bytes = 0;  ///< of anonymous memory at its peak
  std::uint64_t events = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicate = 0;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// In a process of its own, so that its memory is that of this one judgement.
Measured measure_once(const std::function<Result<CheckResult>()>& judge) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  std::fflush(stdout);
  const SteadyClock clock;
  const pid_t child = ::fork();
  if (child == 0) {
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    const Nanos start = clock.now();
    const Result<CheckResult> result = judge();
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    Measured measured;
    if (result) {
      measured.wall = std::chrono::duration<double>(clock.now() - start).count();
      measured.cpu =
          seconds(after.ru_utime) + seconds(after.ru_stime) - seconds(before.ru_utime) - seconds(before.ru_stime);
      measured.bytes = static_cast<double>(after.ru_maxrss - before.ru_maxrss) * 1024;
      const Counts& counts = result->counts;
      measured.events = counts.effects + counts.attempted + counts.acked + counts.info;
      measured.lost = counts.lost;
      measured.duplicate = counts.duplicate;
    }
    if (::write(ends[1], &measured, sizeof measured) != sizeof measured) std::abort();
    ::_exit(0);
  }
  Measured measured;
  if (::read(ends[0], &measured, sizeof measured) != sizeof measured) measured = {};
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(child, nullptr, 0);
  return measured;
}

/// The fastest of several: what else runs on the machine only ever adds.
Measured measure(int times, const std::function<Result<CheckResult>()>& judge) {
  Measured best = measure_once(judge);
  for (int i = 1; i < times; ++i) {
    const Measured next = measure_once(judge);
    if (next.cpu + next.wall < best.cpu + best.wall) best = next;
  }
  return best;
}

void print(const std::string& what, std::uint64_t messages, const Measured& m) {
  const double events = static_cast<double>(m.events) / 1e6;
  fmt::print("{:<44} {:>11} {:>9.2f} {:>9.2f} {:>10.1f} {:>10.1f} {:>9.2f}   lost {}, duplicate {}\n", what, messages,
             m.wall, m.cpu, events / m.cpu, events / m.wall, m.bytes / static_cast<double>(messages), m.lost,
             m.duplicate);
}

CheckOptions options(unsigned threads) {
  CheckOptions chosen;
  chosen.threads = threads;
  chosen.foreign = true;
  return with_defaults(chosen);
}

Measured on_file(const std::filesystem::path& file, const char* invariants, unsigned threads, int times = 3) {
  return measure(times,
                 [&] { return check_history_file(file, parse_invariant_list(invariants).value(), options(threads)); });
}

Measured on_the_fly(std::uint64_t messages, BenchIds ids) {
  return measure(1, [&]() -> Result<CheckResult> {
    BenchHistory history(messages, ids);
    StoredBatches batches(history);
    auto result = check_fast(batches, parse_invariant_list(kOne).value(), options(1));
    if (!result) return internal_error("the fast way declined");
    return std::move(*result);
  });
}

/// Only made, not judged: what the rows above it contain besides the check.
double seconds_to_make(std::uint64_t messages) {
  BenchHistory history(messages, BenchIds::numbers);
  std::vector<unsigned char> bytes(256 * 1024);
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  while (history.read(bytes.data(), bytes.size()) > 0) {
  }
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  return seconds(after.ru_utime) + seconds(after.ru_stime) - seconds(before.ru_utime) - seconds(before.ru_stime);
}

void write_binary(const std::filesystem::path& to, std::uint64_t messages, BenchIds ids) {
  BenchHistory history(messages, ids);
  std::ofstream file(to, std::ios::binary);
  std::vector<unsigned char> bytes(256 * 1024);
  for (std::int64_t got = 0; (got = history.read(bytes.data(), bytes.size())) > 0;) {
    file.write(reinterpret_cast<const char*>(bytes.data()), got);
  }
}

void write_lines(const std::filesystem::path& to, std::uint64_t messages, BenchIds ids) {
  std::ofstream file(to, std::ios::binary);
  for (std::uint64_t part = 0; part < bench_parts(messages); ++part) {
    std::string lines;
    append_bench_lines(part, messages, ids, lines);
    file << lines;
  }
}

void files(const std::filesystem::path& dir) {
  constexpr std::uint64_t kMany = 10'000'000;
  constexpr std::uint64_t kFew = 1'000'000;
  write_binary(dir / "dense.bin", kMany, BenchIds::numbers);
  const Measured one = on_file(dir / "dense.bin", kOne, 1);
  print("binary, dense ids (bar 100 M/s, 1 B)", kMany, one);
  const Measured all = on_file(dir / "dense.bin", kAll, 1);
  print("  all invariants that it can carry", kMany, all);
  fmt::print("  that is {:.2f} times the CPU time of exactly_once (bar 2)\n", all.cpu / one.cpu);
  std::filesystem::remove(dir / "dense.bin");
  write_binary(dir / "random.bin", kMany, BenchIds::random);
  print("binary, random 128-bit ids (bar 15 M/s, 25 B)", kMany, on_file(dir / "random.bin", kOne, 1));
  std::filesystem::remove(dir / "random.bin");
  write_lines(dir / "dense.jsonl", kFew, BenchIds::numbers);
  const Measured line = on_file(dir / "dense.jsonl", kOne, 1);
  const Measured lines = on_file(dir / "dense.jsonl", kOne, 2);
  print("JSON lines, one thread (bar 10 M/s)", kFew, line);
  print("JSON lines, two threads", kFew, lines);
  fmt::print("  two threads: {:.2f} times the speed of one (bar 1.6)\n", line.wall / lines.wall);
}

void growth(const std::vector<std::uint64_t>& sizes) {
  fmt::print("\ngrowth, binary dense ids, one thread, the history made while it is read\n");
  for (const std::uint64_t messages : sizes) {
    print("  exactly_once, with the making", messages, on_the_fly(messages, BenchIds::numbers));
    fmt::print("    the making alone: {:.2f} s of CPU\n", seconds_to_make(messages));
  }
}

bool run_peers(const std::filesystem::path& lines) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("bash", "bash", STORMPROOF_CHECKER_PEERS, lines.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

}  // namespace
}  // namespace stormproof

int main(int argc, char** argv) {
  using namespace stormproof;
  std::vector<std::uint64_t> sizes;
  for (int i = 1; i < argc; ++i) sizes.push_back(std::strtoull(argv[i], nullptr, 10));
  if (sizes.empty()) sizes = {1'000'000, 10'000'000};
  const auto dir = std::filesystem::temp_directory_path() / ("checker-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(dir);
  fmt::print("three events a message; M events/s by CPU time is what one core does however busy the others are\n\n");
  fmt::print("{:<44} {:>11} {:>9} {:>9} {:>10} {:>10} {:>9}\n", "history", "messages", "wall s", "CPU s", "M/s CPU",
             "M/s wall", "B/message");
  files(dir);
  growth(sizes);
  fmt::print("\nthe same JSON lines by others\n");
  std::fflush(stdout);
  const bool ran = run_peers(dir / "dense.jsonl");
  std::filesystem::remove_all(dir);
  return ran ? 0 : 1;
}
