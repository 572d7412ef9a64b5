// A harness that will be killed: a guard, a run with nasty targets, temporary files. Prints "MARK <mark>" and "up",
// then waits for its fate. Usage: doomed DIRECTORY [goodbye]
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "harness/supervise/guard.h"
#include "harness/supervise/supervisor.h"

namespace {

class Deaf final : public stormproof::Recorder {
 public:
  void record(stormproof::EventView) override {}
  stormproof::LiveCounts counts() const override { return {}; }
};

}  // namespace

int main(int argc, char** argv) {
  using namespace stormproof;
  if (argc < 2) return 2;
  auto guard = Guard::start();
  if (!guard) return 4;
  const std::filesystem::path directory = argv[1];
  std::printf("MARK %s\n", (*guard)->mark().c_str());

  const auto scratch = directory / "scratch";
  std::filesystem::create_directories(scratch / "deep");
  std::ofstream(scratch / "deep/file") << "x";
  (*guard)->watch_path(scratch);

  boost::asio::io_context loop;
  const SteadyClock clock;
  Deaf recorder;
  Supervisor supervisor(loop, clock, recorder, {"run-1", guard->get()}, {});
  const char* scripts[] = {"trap '' TERM HUP INT; sleep 1000 & wait; while :; do sleep 1; done",
                           "setsid sh -c 'trap \"\" HUP TERM; sleep 1000 & wait' & setsid sleep 1000 & exec sleep 1000",
                           "(while :; do sleep 0.05; done) & exec sleep 1000"};
  for (const char* script : scripts) {
    static int number = 0;
    ReplicaSpec spec;
    spec.target = "t" + std::to_string(number++);
    spec.argv = {"/bin/sh", "-c", script};
    spec.directory = directory / spec.target;
    std::filesystem::create_directory(spec.directory);
    spec.stdout_file = spec.directory / "out";
    spec.stderr_file = spec.directory / "err";
    if (detect_cgroups().memory.version != 0) spec.spec.limits.memory = 64U << 20U;
    if (Status added = supervisor.add(spec); !added) {
      std::fprintf(stderr, "%s\n", added.error().message.c_str());
      return 4;
    }
  }
  supervisor.start_all([](Status status) {
    std::puts(status ? "up" : status.error().message.c_str());
    std::fflush(stdout);
  });
  if (argc > 2) {
    loop.run_for(std::chrono::milliseconds(200));
    supervisor.kill_all();
    return 0;
  }
  for (;;) loop.run_for(std::chrono::seconds(1)), loop.restart();
}
