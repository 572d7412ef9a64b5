#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "targets/stream/client/replica.h"
#include "targets/stream/common/options.h"

namespace {

int run(const streams::Options& options) {
  using namespace streams;
  const std::string& self = options.text("self");
  const auto slash = self.find('/');
  if (slash == std::string::npos) usage_error("--self=" + self + ": not NAME/INDEX");
  const int index = std::atoi(self.c_str() + slash + 1);
  const auto replicas = static_cast<int>(options.integer("replicas"));
  if (replicas < 1) usage_error("--replicas=0: at least one");

  const Level level = level_from(options.text("level"));
  const Bug bug = bug_from(options.text("bug"));
  Store store({options.text("db"), self, self + "@" + std::to_string(getpid()), options.duration("lease"),
               bug == Bug::upsert_ledger, bug == Bug::fence_by_owner});
  Feed feed(options.text("server"));
  std::optional<Effects> effects;
  if (!options.text("witness").empty()) effects.emplace(options.text("witness"), self);
  std::optional<LifecycleFeed> lifecycle;
  if (!options.text("lifecycle").empty()) lifecycle.emplace(options.text("lifecycle"), self.substr(0, slash));
  Shared shared{level, bug,   options.duration("work"),     static_cast<std::size_t>(options.integer("queue")),
                feed,  store, effects ? &*effects : nullptr};

  Replica replica(shared, lifecycle ? &*lifecycle : nullptr, self, options.duration("lease"));
  replica.start(index, replicas);
  std::printf("replica %s of %d\n", self.c_str(), replicas);
  std::fflush(stdout);
  wait_for_signal();
  // Below graceful, a signal is the end of the program, whatever it was doing.
  if (level < Level::graceful) _exit(0);
  replica.shut_down();
  return bug == Bug::stop_as_error ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  streams::block_signals();
  const streams::Options options(
      argc, argv,
      {{"server", "!", "address of the stream server"},
       {"db", "!", "SQLite database that the replicas share"},
       {"self", "client/0", "NAME/INDEX of this replica"},
       {"replicas", "1", "how many replicas share the streams"},
       {"level", "recoverable", "naive, tolerant, resumable, graceful or recoverable"},
       {"lifecycle", "", "address of the lifecycle feed; without it nobody recovers the streams of the dead"},
       {"witness", "", "address of a witness that is told of each effect as it happens"},
       {"work", "1ms", "what handling one record takes"},
       {"queue", "32", "records of one stream that may be received but not stored"},
       {"lease", "0", "an owner silent for this long loses its streams; 0: never"},
       {"bug", "none", "a planted bug, see targets/stream/README.md"}});
  try {
    return run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stream-client: error: %s\n", error.what());
    return 1;
  }
}
