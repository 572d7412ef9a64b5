/// The smallest target that stops gracefully.
#include <signal.h>

int main() {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  int received = 0;
  return sigwait(&stop, &received);
}
