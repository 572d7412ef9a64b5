#include "harness/run/link_log.h"

#include <fmt/core.h>

#include <utility>

#include "harness/run/link_trigger.h"

namespace stormproof {

namespace {

/// A scenario that makes connections by the thousand shall not fill the history with them.
constexpr std::uint64_t kConnectionsTold = 1000;

std::string how_it_ended(const LinkEvent& event) {
  return fmt::format("{} after {} bytes upstream, {} downstream",
                     event.what == LinkEvent::What::reset ? "reset" : "closed", event.upstream_bytes,
                     event.downstream_bytes);
}

}  // namespace

void LinkLog::tell_draws_of(const LinkFault* fault, std::string name) {
  const std::lock_guard lock(mutex_);
  if (name.empty()) {
    names_.erase(fault);  // there was another at this address
  } else {
    names_[fault] = std::move(name);
  }
}

void LinkLog::on_event(const LinkEvent& event) {
  switch (event.what) {
    case LinkEvent::What::opened:
      if (event.connection > kConnectionsTold) return;
      record(event, event.from.empty() ? "opened" : fmt::format("opened by {}", event.from));
      return;
    case LinkEvent::What::closed:
    case LinkEvent::What::reset:
      if (event.connection <= kConnectionsTold) record(event, how_it_ended(event));
      return;
    case LinkEvent::What::struck:
    case LinkEvent::What::spared: break;
  }
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(event.fault);
    if (found == names_.end()) return;
    name = found->second;
  }
  const auto* trigger = dynamic_cast<const LinkTrigger*>(event.fault);
  const bool struck =
      event.what == LinkEvent::What::struck && (trigger == nullptr || trigger->struck(event.connection));
  record(event, fmt::format("{} {} it", name, struck ? "strikes" : "spares"));
}

void LinkLog::record(const LinkEvent& event, std::string_view what) {
  const std::string link = fmt::format("link {}", event.link);
  const std::string connection = fmt::format("connection {}", event.connection);
  recorder_.record({.type = EventType::note, .id = connection, .by = link, .detail = what});
}

}  // namespace stormproof
