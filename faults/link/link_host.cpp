#include "faults/link/link_host.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "faults/link/worker.h"
#include "harness/base/assert.h"
#include "harness/base/text.h"

namespace stormproof {
namespace {

Status check_loopback(const Address& address, const std::string& text) {
  if (address.is_loopback()) return {};
  return usage_error(fmt::format("'{}' is not an address of a link: the host is not loopback", text),
                     "write 127.0.0.1:PORT or [::1]:PORT; links carry loopback traffic only");
}

/// The text of a dial address that is no literal stays to be resolved; one that can never be is an error.
Result<std::vector<Address>> parse_upstream(const LinkOptions& options) {
  Result<Address> address = Address::parse(options.upstream);
  if (address) {
    if (options.loopback_only) {
      if (Status allowed = check_loopback(*address, options.upstream); !allowed) return allowed.error();
      if (!address->is_unix() && address->port() == 0) {
        return usage_error(fmt::format("'{}' is not an address of a link: nobody listens at port 0", options.upstream));
      }
    }
    std::vector<Address> addresses{*address};
    // Whoever listens at localhost may do so in either family.
    if (options.upstream.starts_with("localhost:"))
      addresses.push_back(*Address::parse("[::1]" + options.upstream.substr(9)));
    return addresses;
  }
  if (options.loopback_only || !Address::is_name(options.upstream)) return address.error();
  return std::vector<Address>();
}

Result<Address> parse_listen(const LinkOptions& options) {
  if (options.listen.empty()) return Address::loopback_like(options.upstream);
  Result<Address> address = Address::parse_listen(options.listen);
  if (!address || !options.loopback_only) return address;
  if (Status allowed = check_loopback(*address, options.listen); !allowed) return allowed.error();
  return address;
}

/// Every call is handed to the thread of its link; what a callback calls runs at once.
class ProxyLinkHost final : public LinkHost {
 public:
  explicit ProxyLinkHost(std::vector<std::unique_ptr<Worker>> workers) : workers_(std::move(workers)) {}

  Result<std::string> open(const std::string& name, const LinkOptions& options) override {
    Result<std::vector<Address>> upstream = parse_upstream(options);
    if (!upstream) return upstream.error();
    Result<Address> listen = parse_listen(options);
    if (!listen) return listen.error();
    Worker& worker = place(name);
    return worker.ask([&](Proxy& proxy) {
      return proxy.open({.name = name,
                         .listen = *listen,
                         .upstream = *upstream,
                         .upstream_text = options.upstream,
                         .enabled = options.enabled});
    });
  }
  Status close(const std::string& name) override {
    Status closed = at(name).ask([&](Proxy& proxy) { return proxy.close(name); });
    const std::lock_guard lock(mutex_);
    places_.erase(name);
    return closed;
  }
  Result<std::string> start(const std::string& name) override {
    return at(name).ask([&](Proxy& proxy) { return proxy.start(name); });
  }
  Status stop(const std::string& name) override {
    return at(name).ask([&](Proxy& proxy) { return proxy.stop(name); });
  }
  Result<std::string> entrance(const std::string& name, const std::string& from) override {
    return at(name).ask([&](Proxy& proxy) { return proxy.entrance(name, from); });
  }
  void observe(std::function<void(const LinkEvent&)> observer) override {
    for (const auto& worker : workers_) {
      worker->ask([&](Proxy& proxy) {
        proxy.observe(observer);
        return true;
      });
    }
  }
  std::vector<std::string> links() const override {
    std::vector<std::string> names;
    for (const auto& worker : workers_) {
      for (std::string& name : worker->ask([](Proxy& proxy) { return proxy.links(); }))
        names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault) override {
    return at(link).ask([&](Proxy& proxy) { return proxy.arm(link, direction, std::move(fault)); });
  }
  Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault) override {
    return at(link).ask([&](Proxy& proxy) { return proxy.disarm(link, fault); });
  }
  Status replace(const std::string& link, const std::shared_ptr<LinkFault>& from,
                 std::shared_ptr<LinkFault> to) override {
    return at(link).ask([&](Proxy& proxy) { return proxy.replace(link, from, to); });
  }
  Status set_down(const std::string& link, bool down) override {
    return at(link).ask([&](Proxy& proxy) { return proxy.set_down(link, down); });
  }
  LinkStats stats(const std::string& link) const override {
    return at(link).ask([&](Proxy& proxy) { return proxy.stats(link); });
  }
  void notify_at(const std::string& link, Counter what, std::uint64_t count, std::function<void()> reached) override {
    at(link).ask([&](Proxy& proxy) {
      proxy.notify_at(link, what, count, std::move(reached));
      return true;
    });
  }

 private:
  /// The worker that has the link, or any for one that nobody has.
  Worker& at(const std::string& link) const {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(link);
    return *workers_[found == places_.end() ? 0 : found->second];
  }
  /// Chooses a worker for a new link.
  Worker& place(const std::string& link) {
    const std::lock_guard lock(mutex_);
    const auto [where, fresh] = places_.try_emplace(link, 0);
    if (fresh) where->second = next_++ % workers_.size();
    return *workers_[where->second];
  }

  std::vector<std::unique_ptr<Worker>> workers_;
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t> places_;  ///< which worker has which link
  std::size_t next_ = 0;
};

}  // namespace

Result<std::unique_ptr<LinkHost>> make_link_host(const Clock& run_clock, int threads) {
  STORMPROOF_ASSERT(threads > 0, "a proxy needs a thread");
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < threads; ++i) {
    Result<std::unique_ptr<Worker>> worker = Worker::make(run_clock);
    if (!worker) return worker.error();
    workers.push_back(std::move(*worker));
  }
  return std::unique_ptr<LinkHost>(std::make_unique<ProxyLinkHost>(std::move(workers)));
}

Result<std::unique_ptr<LinkHost>> make_link_host(const Clock& run_clock) { return make_link_host(run_clock, 1); }

}  // namespace stormproof
