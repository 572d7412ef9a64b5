#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/link.h"
#include "harness/run/link_log.h"

namespace stormproof {

/// Tells the log which fault it is that a link is armed with.
class NamedLinks final : public LinkControl {
 public:
  /// `links` may be null when nothing is called; `log` may be null.
  NamedLinks(LinkHost* links, LinkLog* log) : links_(links), log_(log) {}

  const FaultSpec* injecting = nullptr;  ///< whose arm() it is

  std::vector<std::string> links() const override { return links_->links(); }
  Status arm(const std::string& link, Direction direction, std::shared_ptr<LinkFault> fault) override {
    const bool draws = injecting != nullptr && injecting->probability < 1;
    if (log_ != nullptr) log_->tell_draws_of(fault.get(), draws ? injecting->name : "");
    return links_->arm(link, direction, std::move(fault));
  }
  Status disarm(const std::string& link, const std::shared_ptr<LinkFault>& fault) override {
    return links_->disarm(link, fault);
  }
  Status replace(const std::string& link, const std::shared_ptr<LinkFault>& from,
                 std::shared_ptr<LinkFault> to) override {
    return links_->replace(link, from, std::move(to));
  }
  Status set_down(const std::string& link, bool down) override { return links_->set_down(link, down); }
  LinkStats stats(const std::string& link) const override { return links_->stats(link); }

 private:
  LinkHost* links_;
  LinkLog* log_;
};

}  // namespace stormproof
