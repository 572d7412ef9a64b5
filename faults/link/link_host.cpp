#include "faults/link/link_host.h"

#include <sys/prctl.h>

#include <csignal>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "faults/link/mailbox.h"
#include "faults/link/proxy.h"

namespace stormproof {
namespace {

/// Every call is handed to the proxy's thread; what a callback of notify_at calls runs at once.
class ProxyLinkHost final : public LinkHost {
 public:
  ProxyLinkHost(std::unique_ptr<Mailbox> mailbox, std::unique_ptr<Proxy> proxy)
      : mailbox_(std::move(mailbox)), proxy_(std::move(proxy)) {}

  ~ProxyLinkHost() override {
    if (!thread_.joinable()) return;
    mailbox_->call([this] { stop_ = true; });
    thread_.join();
  }

  Status start() {
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

  Result<std::string> open(const std::string& name, const std::string& upstream) override {
    return ask<Result<std::string>>([&] { return proxy_->open(name, upstream); });
  }
  std::vector<std::string> links() const override {
    return ask<std::vector<std::string>>([&] { return proxy_->links(); });
  }
  Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault) override {
    return ask<Status>([&] { return proxy_->arm(link, direction, std::move(fault)); });
  }
  Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault) override {
    return ask<Status>([&] { return proxy_->disarm(link, fault); });
  }
  Status set_down(const std::string& link, bool down) override {
    return ask<Status>([&] { return proxy_->set_down(link, down); });
  }
  LinkStats stats(const std::string& link) const override {
    return ask<LinkStats>([&] { return proxy_->stats(link); });
  }
  void notify_at(const std::string& link, Counter what, std::uint64_t count, std::function<void()> reached) override {
    mailbox_->call([&] { proxy_->notify_at(link, what, count, std::move(reached)); });
  }

 private:
  template <class T, class Task>
  T ask(const Task& task) const {
    std::optional<T> answer;
    mailbox_->call([&] { answer.emplace(task()); });
    return std::move(*answer);
  }

  void serve() {
    // The default slack of 50 us would make every delay that much longer.
    ::prctl(PR_SET_TIMERSLACK, 1);
    ::prctl(PR_SET_NAME, "links");
    while (!stop_) {
      if (proxy_->step()) mailbox_->drain();
    }
  }

  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<Proxy> proxy_;
  std::thread thread_;
  bool stop_ = false;  ///< the proxy's thread only
};

}  // namespace

Result<std::unique_ptr<LinkHost>> make_link_host(const Clock& run_clock) {
  Result<std::unique_ptr<Mailbox>> mailbox = Mailbox::make();
  if (!mailbox) return mailbox.error();
  Result<std::unique_ptr<Proxy>> proxy = Proxy::make(run_clock, (*mailbox)->fd());
  if (!proxy) return proxy.error();
  auto host = std::make_unique<ProxyLinkHost>(std::move(*mailbox), std::move(*proxy));
  if (Status started = host->start(); !started) return started.error();
  return std::unique_ptr<LinkHost>(std::move(host));
}

}  // namespace stormproof
