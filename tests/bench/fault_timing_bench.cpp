// Fault timing (design §11): what the supervisor adds to bare system calls, measured in the same run, interleaved,
// medians. A bar is printed beside each row; nothing is asserted.
//
//   kill         decision to confirmed death: Supervisor::kill against pidfd_send_signal, poll, waitid
//   spawn        start to the first line of output: Supervisor::start against posix_spawn and read, with an empty
//   harness
//                and with 1 GiB of it in memory
//   stream       kill -> restart -> ready of targets/stream's gRPC server, probed through its health service
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "harness/base/fd.h"
#include "harness/supervise/port_pool.h"
#include "harness/supervise/supervisor.h"

namespace {

using namespace stormproof;
using Stopwatch = std::chrono::steady_clock;

constexpr int kRounds = 300;
constexpr int kStreamRounds = 30;

class Deaf final : public Recorder {
 public:
  void record(EventView) override {}
  LiveCounts counts() const override { return {}; }
};

double micros_since(Stopwatch::time_point start) {
  return std::chrono::duration<double, std::micro>(Stopwatch::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "fault_timing: error: %s\n", why.c_str());
  std::exit(1);
}

/// A supervisor with one replica of a program, driven by hand.
class Lab {
 public:
  Lab(const std::filesystem::path& directory, std::vector<std::string> argv, const ReadySpec& ready,
      std::map<std::string, int> ports = {})
      : supervisor_(loop_, clock_, recorder_, {"bench-" + std::to_string(::getpid()), nullptr}, {}) {
    ReplicaSpec spec;
    spec.target = "target";
    spec.argv = std::move(argv);
    spec.directory = directory / "target-0";
    std::filesystem::create_directories(spec.directory);
    spec.stdout_file = spec.directory / "out";
    spec.stderr_file = spec.directory / "err";
    spec.ports = std::move(ports);
    spec.spec.ready = ready;
    if (Status added = supervisor_.add(spec); !added) fail(added.error().message);
    std::optional<Status> started;
    supervisor_.start_all([&](const Status& status) { started = status; });
    while (!started) loop_.run_one();
    if (!*started) fail(started->error().message);
  }

  double kill() {
    const auto start = Stopwatch::now();
    if (Status killed = supervisor_.kill("target/0", true); !killed) fail(killed.error().message);
    const double took = micros_since(start);
    poll_loop();
    return took;
  }

  double start() {
    const auto start = Stopwatch::now();
    if (Status started = supervisor_.start("target/0"); !started) fail(started.error().message);
    loop_.restart();
    while (supervisor_.state("target/0").phase != ProcessPhase::ready) loop_.run_one();
    return micros_since(start);
  }

 private:
  void poll_loop() {
    loop_.restart();
    loop_.poll();
  }

  boost::asio::io_context loop_;
  SteadyClock clock_;
  Deaf recorder_;
  Supervisor supervisor_;
};

/// The same with nothing but system calls.
class Bare {
 public:
  double start(std::vector<std::string> argv) {
    const auto start = Stopwatch::now();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
    const Fd read_end(ends[0]);
    Fd write_end(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), 1);
    std::vector<char*> raw;
    for (auto& word : argv) raw.push_back(word.data());
    raw.push_back(nullptr);
    char* environment[] = {nullptr};
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);  // the scheduler groups processes by session
    if (::posix_spawn(&pid_, raw[0], &actions, &attributes, raw.data(), environment) != 0) fail("posix_spawn");
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    write_end.reset();
    char byte = 0;
    while (byte != '\n') {
      if (::read(read_end.get(), &byte, 1) != 1) fail("the program printed no line");
    }
    const double took = micros_since(start);
    pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    return took;
  }

  double kill() {
    const auto start = Stopwatch::now();
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    pollfd waiting{pidfd_.get(), POLLIN, 0};
    ::poll(&waiting, 1, -1);
    siginfo_t info{};
    ::waitid(static_cast<idtype_t>(3), static_cast<id_t>(pidfd_.get()), &info, WEXITED);
    const double took = micros_since(start);
    pidfd_.reset();
    return took;
  }

 private:
  pid_t pid_ = 0;
  Fd pidfd_;
};

void row(const char* what, double ours, double bare, double bar) {
  const double ratio = ours / bare;
  std::printf("%-44s %9.0f µs %9.0f µs   %5.2f x   bar %.2f x   %s\n", what, ours, bare, ratio, bar,
              ratio <= bar ? "met" : "NOT MET");
}

struct Pair {
  double ours = 0;
  double bare = 0;
};

/// Starts and kills the printing helper in turns.
std::pair<Pair, Pair> measure(const std::filesystem::path& directory, int rounds) {
  const std::vector<std::string> argv = {STORMPROOF_STUNT, "grow", "4096"};
  ReadySpec ready;
  ready.kind = ReadySpec::Kind::log;
  ready.pattern = "grown";
  Lab lab(directory, argv, ready);
  Bare bare;
  std::vector<double> starts, bare_starts, kills, bare_kills;
  lab.kill();
  for (int i = 0; i < rounds; ++i) {
    // Who goes first finds colder caches and another processor: take turns.
    if (i % 2 == 0) {
      starts.push_back(lab.start());
      bare_starts.push_back(bare.start(argv));
      kills.push_back(lab.kill());
      bare_kills.push_back(bare.kill());
    } else {
      bare_starts.push_back(bare.start(argv));
      starts.push_back(lab.start());
      bare_kills.push_back(bare.kill());
      kills.push_back(lab.kill());
    }
  }
  return {{median(starts), median(bare_starts)}, {median(kills), median(bare_kills)}};
}

void stream_row(const std::filesystem::path& directory) {
  const char* what = "stream server: kill -> restart -> ready";
  const std::string server = std::string(STORMPROOF_BIN_DIR) + "/stream-server";
  if (::access(server.c_str(), X_OK) != 0) {
    std::printf("%-44s skipped: %s is not built\n", what, server.c_str());
    return;
  }
  const auto dataset = directory / "dataset.jsonl";
  {
    std::ofstream out(dataset);
    for (int i = 0; i < 2000; ++i) {
      out << R"({"id":"r-)" << i << R"(","key":"s-)" << i % 4 << R"(","seq":)" << i / 4 + 1
          << R"(,"payload":"abc","digest":"0123456789abcdef"})" << '\n';
    }
  }
  PortPool ports{Rng(draw_seed())};
  const int port = ports.allocate().value();
  ReadySpec ready;
  ready.kind = ReadySpec::Kind::grpc;
  ready.port = "grpc";
  const auto argv = [&](int on) {
    return std::vector<std::string>{server, "--listen=127.0.0.1:" + std::to_string(on),
                                    "--dataset=" + dataset.string()};
  };
  const int bare_port = ports.allocate().value();
  Lab lab(directory, argv(port), ready, {{"grpc", port}});
  Bare bare;
  bare.start(argv(bare_port));
  std::vector<double> rounds;
  std::vector<double> bare_rounds;
  for (int i = 0; i < kStreamRounds; ++i) {
    rounds.push_back(lab.kill() + lab.start());
    bare_rounds.push_back(bare.kill() + bare.start(argv(bare_port)));
  }
  bare.kill();
  const double millis = median(rounds) / 1000;
  std::printf("%-44s %9.1f ms %9.1f ms %10s bar 25 ms     %s\n", what, millis, median(bare_rounds) / 1000, "",
              millis <= 25 ? "met" : "NOT MET");
}

}  // namespace

int main() {
  std::string pattern = (std::filesystem::temp_directory_path() / "stormproof-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("mkdtemp");
  const std::filesystem::path directory = pattern;

  std::printf("%-44s %12s %12s\n", "median of interleaved rounds", "stormproof", "bare");
  const auto [small_spawn, kill] = measure(directory, kRounds);
  row("kill: decision -> confirmed death", kill.ours, kill.bare, 1.2);
  row("spawn -> ready, empty harness", small_spawn.ours, small_spawn.bare, 1.15);
  {
    const std::vector<char> history(std::size_t{1} << 30U, 'x');
    const Pair spawn = measure(directory, kRounds).first;
    row("spawn -> ready, 1 GiB in the harness", spawn.ours, spawn.bare, 1.15);
    row("spawn -> ready, 1 GiB against empty", spawn.ours, small_spawn.ours, 1.15);
    if (history.back() != 'x') fail("the memory was not kept");
  }
  stream_row(directory);
  std::filesystem::remove_all(directory);
}
