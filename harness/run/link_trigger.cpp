#include "harness/run/link_trigger.h"

#include <algorithm>
#include <string>
#include <utility>

namespace stormproof {

namespace {

std::size_t index(Direction way) { return way == Direction::upstream ? 0 : 1; }

class TriggeredFault final : public Fault {
 public:
  TriggeredFault(const FaultSpec& spec, std::shared_ptr<LinkTrigger> trigger)
      : link_(spec.link), trigger_(std::move(trigger)) {}

  Status inject(FaultContext& context) override { return context.links().replace(link_, trigger_, trigger_); }
  Status heal(FaultContext& context) override { return context.links().disarm(link_, trigger_); }
  std::uint64_t hits() const override { return trigger_->hits(); }

 private:
  const std::string& link_;
  std::shared_ptr<LinkTrigger> trigger_;
};

}  // namespace

std::unique_ptr<Fault> make_triggered_fault(const FaultSpec& spec, std::shared_ptr<LinkTrigger> trigger) {
  return std::make_unique<TriggeredFault>(spec, std::move(trigger));
}

bool LinkTrigger::fits(const FaultKind& kind, const FaultSpec& spec) {
  using Kind = TriggerSpec::Kind;
  const bool counted = spec.when.kind == Kind::bytes || spec.when.kind == Kind::connections;
  return counted && kind.make_link != nullptr && !spec.link.empty() && spec.when.link == spec.link;
}

LinkTrigger::LinkTrigger(const TriggerSpec& when, std::shared_ptr<LinkFault> fault, std::function<void()> tell)
    : counts_bytes_(when.kind == TriggerSpec::Kind::bytes),
      count_(static_cast<std::uint64_t>(when.count) * static_cast<std::uint64_t>(when.occurrence)),
      only_(static_cast<std::uint64_t>(when.connection)),
      fault_(std::move(fault)),
      tell_(std::move(tell)) {}

bool LinkTrigger::struck(std::uint64_t connection) const {
  const auto found = connections_.find(connection);
  return found != connections_.end() && found->second.struck;
}

bool LinkTrigger::strikes(const ConnectionView& connection) {
  if (only_ != 0 && connection.connection != only_) return false;
  connections_[connection.connection].struck = fault_ != nullptr && fault_->strikes(connection);
  return true;  // also whom the fault will spare is counted
}

LinkAction LinkTrigger::on_connection(const ConnectionView& connection, Nanos now) {
  if (!counts_bytes_ && !fired() && connection.connection >= count_) fire(now);
  if (!fired()) return LinkAction::forward_and_ask(LinkAction::kUntilChange);
  return ask_fault(connections_[connection.connection], connection, now);
}

LinkAction LinkTrigger::on_chunk(const ChunkView& chunk, Nanos now) {
  Connection& state = connections_[chunk.connection];
  if (fired()) return hand_over(state, chunk, now);
  if (!counts_bytes_ || chunk.what != ChunkView::What::bytes) return LinkAction::forward();
  if (!std::exchange(state.counted[index(chunk.direction)], true)) passed_ += chunk.offset;
  const std::uint64_t left = count_ - std::min(count_, passed_);
  passed_ += std::min<std::uint64_t>(left, chunk.size);
  if (chunk.size < left) return LinkAction::forward();
  fire(now);
  return strike_after(static_cast<std::size_t>(left), state, chunk, now);
}

LinkAction LinkTrigger::strike_after(std::size_t left, Connection& state, const ChunkView& chunk, Nanos now) {
  // A fault that strikes whole connections says so about the connection, and shall not wait for its next byte.
  const LinkAction action = ask_fault(state, {.connection = chunk.connection, .since = now, .dialled = true}, now);
  if (action.verb == LinkAction::Verb::reset) return LinkAction::reset(left);
  if (left == 0) return hand_over(state, chunk, now);
  return left == chunk.size ? LinkAction::forward() : LinkAction::split(left, now);
}

LinkAction LinkTrigger::ask_fault(Connection& state, ConnectionView connection, Nanos now) {
  if (!state.struck) return LinkAction::forward();
  connection.since = std::max(connection.since, fired_at());
  connection.again = std::exchange(state.asked, true);
  return fault_->on_connection(connection, now);
}

LinkAction LinkTrigger::hand_over(Connection& state, ChunkView chunk, Nanos now) {
  if (!state.struck || !fault_->sees_chunks()) return LinkAction::forward();
  chunk.again = std::exchange(state.handed_over[index(chunk.direction)], true) && chunk.again;
  return fault_->on_chunk(chunk, now);
}

void LinkTrigger::fire(Nanos now) {
  // First: whoever is told asks since when, on another thread.
  fired_at_.store(now.count(), std::memory_order_release);
  if (tell_) tell_();
}

bool LinkTrigger::on_disarm(std::uint64_t connection) {
  return fired() && struck(connection) && fault_->on_disarm(connection);
}

void LinkTrigger::on_close(std::uint64_t connection) {
  connections_.erase(connection);
  if (fault_ != nullptr) fault_->on_close(connection);
}

}  // namespace stormproof
