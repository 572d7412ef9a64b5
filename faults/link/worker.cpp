#include "faults/link/worker.h"

#include <sys/prctl.h>

#include <csignal>
#include <string>
#include <system_error>

namespace stormproof {

Result<std::unique_ptr<Worker>> Worker::make(const Clock& clock) {
  Result<std::unique_ptr<Mailbox>> mailbox = Mailbox::make();
  if (!mailbox) return mailbox.error();
  Result<std::unique_ptr<Proxy>> proxy = Proxy::make(clock, (*mailbox)->fd());
  if (!proxy) return proxy.error();
  std::unique_ptr<Worker> worker(new Worker(std::move(*mailbox), std::move(*proxy)));
  if (Status started = worker->start(); !started) return started.error();
  return worker;
}

Worker::Worker(std::unique_ptr<Mailbox> mailbox, std::unique_ptr<Proxy> proxy)
    : mailbox_(std::move(mailbox)), proxy_(std::move(proxy)), resolver_(std::make_unique<Resolver>()) {
  proxy_->set_lookup([this](const std::string& name, std::uint64_t connection) {
    resolver_->ask(name, [this, connection](const std::vector<Address>& addresses) {
      mailbox_->post([this, connection, addresses] { proxy_->on_resolved(connection, addresses); });
    });
  });
}

Worker::~Worker() {
  if (thread_.joinable()) {
    mailbox_->call([this] { stop_ = true; });
    thread_.join();
  }
  // Before the mailbox, which its answers go to.
  resolver_.reset();
}

Status Worker::start() {
  // Signals are for the main thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  Status started;
  try {
    thread_ = std::thread([this] { serve(); });
  } catch (const std::system_error& trouble) {
    started = environment_error(std::string("cannot start the links' thread: ") + trouble.what());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (started) mailbox_->set_owner(thread_.get_id());
  return started;
}

void Worker::serve() {
  // The default slack of 50 us would make every delay that much longer.
  ::prctl(PR_SET_TIMERSLACK, 1);
  ::prctl(PR_SET_NAME, "links");
  while (!stop_) {
    if (proxy_->step()) mailbox_->drain();
  }
}

}  // namespace stormproof
