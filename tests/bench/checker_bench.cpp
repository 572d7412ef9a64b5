/// The delivery checker on histories of up to 10^7 messages (three events each) and beside other ways to answer the
/// same questions. Arguments: sizes for the growth table instead of 10^6 and 10^7, for example 1000000 100000000
/// 1000000000; `random N` and `lines N`: these rows with N messages instead of 10^7 and 10^6 (10^8 random ids are a
/// file of 7.2 GB).
#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "harness/base/clock.h"
#include "harness/check/checker.h"
#include "harness/check/fast_check.h"
#include "harness/check/invariant_list.h"
#include "harness/history/history_packer.h"
#include "tests/bench/checker_data.h"

namespace stormproof {
namespace {

constexpr const char* kOne = "exactly_once";
constexpr const char* kCarried = "exactly_once,in_order,no_gaps,integrity,recovery,progress,graceful_stop";
constexpr const char* kAll =
    "exactly_once,in_order,no_gaps,resumable,latency:1s,progress:1s,recovery:1s,graceful_stop,replay_window,conserved,"
    "atomic,bounded,leak_free,converges,all_seen,consistent_offsets,monotonic_reads,fresh_reads,bookmarkable,"
    "counter_bounds";

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

/// With all that a run's history has: records instead of packed ones, and nothing that only the state of a message is
/// needed for.
void write_keyed(const std::filesystem::path& to, std::uint64_t messages) {
  std::ofstream file(to, std::ios::binary);
  HistoryPacker packer([&](const unsigned char* data, std::size_t size) -> Status {
    file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    return {};
  });
  for (std::uint64_t part = 0; part < bench_parts(messages); ++part) {
    bench_part(part, messages, [&](const BenchEvent& event) {
      constexpr std::uint64_t kKeys = 20'011;  // so many that few messages of one are under way together
      const std::string id = "o-" + std::to_string(event.message);
      const std::string key = "c-" + std::to_string(event.message % kKeys);
      const std::string digest = fmt::format("{:016x}", spread(event.message));
      EventView view{.t = event.t, .type = event.type, .id = id, .key = key, .digest = digest};
      view.seq = static_cast<std::int64_t>(event.message / kKeys);
      view.by = event.type == EventType::effect ? "store" : "source";
      if (!packer.add(view)) std::abort();
    });
  }
  if (!packer.finish(false)) std::abort();
}

void write_lines(const std::filesystem::path& to, std::uint64_t messages, BenchIds ids) {
  std::ofstream file(to, std::ios::binary);
  for (std::uint64_t part = 0; part < bench_parts(messages); ++part) {
    std::string lines;
    append_bench_lines(part, messages, ids, lines);
    file << lines;
  }
}

void one_and_all(const std::filesystem::path& file, std::uint64_t messages, const char* one_name, const char* all_name,
                 const char* all_invariants) {
  const Measured one = on_file(file, kOne, 1);
  print(one_name, messages, one);
  const Measured all = on_file(file, all_invariants, 1);
  print(all_name, messages, all);
  fmt::print("  that is {:.2f} times the CPU time of exactly_once (bar 2)\n", all.cpu / one.cpu);
}

void binary(const std::filesystem::path& dir, std::uint64_t random) {
  constexpr std::uint64_t kMany = 10'000'000;
  constexpr std::uint64_t kFew = 1'000'000;
  write_binary(dir / "dense.bin", kMany, BenchIds::numbers);
  one_and_all(dir / "dense.bin", kMany, "binary, dense ids (bar 100 M/s, 1 B)", "  all invariants that it can carry",
              kCarried);
  std::filesystem::remove(dir / "dense.bin");
  write_keyed(dir / "keyed.bin", kFew);
  one_and_all(dir / "keyed.bin", kFew, "binary, with key, seq and digest", "  20 invariants: all there are, once each",
              kAll);
  std::filesystem::remove(dir / "keyed.bin");
  write_binary(dir / "random.bin", random, BenchIds::random);
  print("binary, random 128-bit ids (bar 15 M/s, 25 B)", random,
        on_file(dir / "random.bin", kOne, 1, random > kMany ? 1 : 3));
  std::filesystem::remove(dir / "random.bin");
}

void lines(const std::filesystem::path& file, std::uint64_t messages) {
  write_lines(file, messages, BenchIds::numbers);
  const Measured line = on_file(file, kOne, 1);
  const Measured two = on_file(file, kOne, 2);
  print("JSON lines, one thread (bar 10 M/s)", messages, line);
  print("JSON lines, two threads", messages, two);
  fmt::print("  two threads: {:.2f} times the speed of one (bar 1.6)\n", line.wall / two.wall);
}

void growth(const std::vector<std::uint64_t>& sizes) {
  fmt::print("\ngrowth, binary dense ids, one thread, the history made while it is read\n");
  for (const std::uint64_t messages : sizes) {
    print("  exactly_once, with the making", messages, on_the_fly(messages, BenchIds::numbers));
    fmt::print("    the making alone: {:.2f} s of CPU\n", seconds_to_make(messages));
  }
}

bool run_peers(const std::filesystem::path& file) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execlp("bash", "bash", STORMPROOF_CHECKER_PEERS, file.c_str(), nullptr);
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
  std::uint64_t random = 10'000'000;
  std::uint64_t few = 1'000'000;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    std::uint64_t* const named = word == "random" ? &random : word == "lines" ? &few : nullptr;
    if (named != nullptr && i + 1 == argc) return 2;
    const std::uint64_t size = std::strtoull(argv[named == nullptr ? i : ++i], nullptr, 10);
    if (named != nullptr) *named = size;
    if (named == nullptr) sizes.push_back(size);
  }
  if (sizes.empty()) sizes = {1'000'000, 10'000'000};
  const auto dir = std::filesystem::temp_directory_path() / ("checker-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(dir);
  fmt::print("three events a message; M events/s by CPU time is what one core does however busy the others are\n\n");
  fmt::print("{:<44} {:>11} {:>9} {:>9} {:>10} {:>10} {:>9}\n", "history", "messages", "wall s", "CPU s", "M/s CPU",
             "M/s wall", "B/message");
  binary(dir, random);
  lines(dir / "dense.jsonl", few);
  growth(sizes);
  fmt::print("\nthe same {} JSON lines by others\n", 3 * few);
  std::fflush(stdout);
  const bool ran = run_peers(dir / "dense.jsonl");
  std::filesystem::remove_all(dir);
  return ran ? 0 : 1;
}
