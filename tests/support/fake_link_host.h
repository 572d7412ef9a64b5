/// Links without sockets, for tests of what is built on a LinkHost: ports are taken and given back, faults are armed in
/// order.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/link.h"

namespace stormproof {

class FakeLinkHost final : public LinkHost {
 public:
  struct Armed {
    std::shared_ptr<LinkFault> fault;
    Direction direction = Direction::both;
  };
  struct Link {
    LinkOptions options;
    std::string listen;  ///< the resolved address, while it listens
    std::vector<Armed> armed;
    int down = 0;
    bool accepted_before_armed = false;  ///< a fault was armed while it listened already
  };
  std::map<std::string, Link> all;
  std::set<std::string> taken;  ///< "127.0.0.1:3310": in somebody else's hands
  LinkStats counted;            ///< of every link

  std::vector<std::string> links() const override {
    std::vector<std::string> names;
    for (const auto& [name, link] : all) names.push_back(name);
    return names;
  }
  Result<std::string> open(const std::string& name, const LinkOptions& options) override {
    if (all.contains(name)) return usage_error("there is a link " + name);
    all[name].options = options;
    return options.enabled ? start(name) : Result<std::string>(options.listen);
  }
  Status close(const std::string& name) override { return all.erase(name) == 1 ? Status() : missing(name); }
  Result<std::string> start(const std::string& name) override {
    const auto found = all.find(name);
    if (found == all.end()) return missing(name).error();
    Link& link = found->second;
    if (!link.listen.empty()) return link.listen;
    std::string address = link.options.listen;
    if (address.ends_with(":0")) address.replace(address.size() - 1, 1, std::to_string(next_port_++));
    const bool in_use = taken.contains(address) || std::any_of(all.begin(), all.end(), [&](const auto& other) {
                          return other.second.listen == address;
                        });
    if (in_use) return environment_error("listen tcp " + address + ": bind: address already in use");
    link.options.listen = link.listen = address;
    return address;
  }
  Status stop(const std::string& name) override {
    if (!all.contains(name)) return missing(name);
    all[name].listen.clear();
    return {};
  }
  Result<std::string> entrance(const std::string&, const std::string&) override { return std::string("127.0.0.1:1"); }
  void observe(std::function<void(const LinkEvent&)>) override {}
  void notify_at(const std::string&, Counter, std::uint64_t, std::function<void()>) override {}

  Status arm(const std::string& name, Direction direction, std::shared_ptr<LinkFault> fault) override {
    if (!all.contains(name)) return missing(name);
    Link& link = all[name];
    link.accepted_before_armed = link.accepted_before_armed || !link.listen.empty();
    link.armed.push_back({std::move(fault), direction});
    return {};
  }
  Status disarm(const std::string& name, const std::shared_ptr<LinkFault>& fault) override {
    if (!all.contains(name)) return missing(name);
    std::erase_if(all[name].armed, [&](const Armed& armed) { return armed.fault == fault; });
    return {};
  }
  Status replace(const std::string& name, const std::shared_ptr<LinkFault>& from,
                 std::shared_ptr<LinkFault> to) override {
    if (!all.contains(name)) return missing(name);
    for (Armed& armed : all[name].armed) {
      if (armed.fault != from) continue;
      to->adopt(*from);
      armed.fault = std::move(to);
      return {};
    }
    return usage_error("that fault is not armed on " + name);
  }
  Status set_down(const std::string& name, bool down) override {
    if (!all.contains(name)) return missing(name);
    all[name].down += down ? 1 : -1;
    return {};
  }
  LinkStats stats(const std::string& name) const override { return all.contains(name) ? counted : LinkStats{}; }

 private:
  static Status missing(const std::string& name) { return usage_error("there is no link " + name); }
  int next_port_ = 40000;
};

}  // namespace stormproof
