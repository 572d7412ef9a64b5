#include "harness/cli/stop_signal.h"

#include <csignal>

namespace stormproof {

namespace {
StopLevel level{0};
extern "C" void on_stop_signal(int) { level.fetch_add(1); }
}  // namespace

const StopLevel& stop_level() { return level; }

void catch_stop_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

}  // namespace stormproof
