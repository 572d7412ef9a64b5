#include "harness/check/sessions.h"

#include <string>

#include "harness/check/detail_words.h"

namespace stormproof {

void Sessions::on_event(const EventView& event, const CheckContext& context) {
  const bool begins = (event.type == EventType::process && event.id == "started") ||
                      (event.type == EventType::note && event.id == "assigned");
  if (begins) ++starts_[context.by()];
  if (event.type != EventType::effect && event.type != EventType::note) return;
  std::uint32_t reader = context.by();
  if (const std::string_view connection = detail_word(event.detail, "connection"); !connection.empty()) {
    // Numbers of connections follow those of names, far enough away: there are never so many readers.
    constexpr std::uint32_t kConnections = 0x80000000U;
    reader = kConnections + connections_.intern(std::string(event.by).append("\n").append(connection));
  }
  const auto found = starts_.find(context.by());
  current_ = (std::uint64_t{reader} << 32U) | (found == starts_.end() ? 0 : found->second);
}

}  // namespace stormproof
