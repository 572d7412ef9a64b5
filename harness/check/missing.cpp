#include "harness/check/missing.h"

#include <algorithm>
#include <unordered_map>

namespace stormproof {

std::string Neighbours::fault(const CheckContext& context, const Message& missing) const {
  const Nanos from = before.known ? std::max(missing.completed, before.t) : missing.completed;
  const Nanos to = after.known ? std::max(from, after.t) : context.now();
  return context.faults().struck_between(from, to);
}

std::vector<Neighbours> find_neighbours(const CheckContext& context, const std::vector<std::uint32_t>& of) {
  std::vector<Neighbours> found(of.size());
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_key;
  const MessageTable& messages = context.messages();
  for (std::size_t i = 0; i < of.size(); ++i) {
    if (messages[of[i]].seq != EventView::kNoSeq) by_key[messages[of[i]].key].push_back(i);
  }
  if (by_key.empty()) return found;
  for (const Message& candidate : messages.all()) {
    if (candidate.effects == 0 || candidate.seq == EventView::kNoSeq || !candidate.attempted()) continue;
    const auto wanted = by_key.find(candidate.key);
    if (wanted == by_key.end()) continue;
    const Neighbours::Side side{true, candidate.seq, candidate.first_effect, candidate.first_by};
    for (const std::size_t i : wanted->second) {
      const std::int64_t seq = messages[of[i]].seq;
      Neighbours& near = found[i];
      if (candidate.seq < seq && (!near.before.known || candidate.seq > near.before.seq)) near.before = side;
      if (candidate.seq > seq && (!near.after.known || candidate.seq < near.after.seq)) near.after = side;
    }
  }
  return found;
}

std::string missing_but(std::uint64_t count, const std::string& why) {
  return std::to_string(count) +
         (count == 1 ? " acknowledged message has no effect, but " : " acknowledged messages have no effect, but ") +
         why;
}

}  // namespace stormproof
