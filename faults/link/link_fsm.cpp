#include "faults/link/link_fsm.h"

#include <algorithm>
#include <utility>

namespace stormproof {

LinkFsm::LinkFsm(const FaultChain& chain, std::uint64_t connection, Nanos now, std::string_view from, LinkStats* stats)
    : connection_(connection),
      from_(from),
      exposure_{.chain = &chain, .stats = stats},
      flows_{Flow(exposure_, connection, Direction::upstream), Flow(exposure_, connection, Direction::downstream)} {
  for (const FaultChain::Armed& armed : chain.armed) expose(*armed.fault, now);
}

void LinkFsm::expose(LinkFault& fault, Nanos now) {
  Gate& gate = gates_.emplace_back(Gate{.since = now});
  const bool spared = !fault.strikes(view(gate));
  exposure_.spared.push_back(spared);
  gate.open = gate.settled = spared;
}

ConnectionView LinkFsm::view(const Gate& gate) const {
  return {.connection = connection_,
          .from = from_,
          .since = gate.since,
          .dialled = stage_ != Stage::waiting,
          .again = gate.asked};
}

void LinkFsm::on_bytes(Side from, std::shared_ptr<std::byte[]> buffer, std::size_t bytes, Nanos now) {
  flow_from(from).on_bytes(std::move(buffer), bytes, now);
}

void LinkFsm::on_bytes(Side from, std::span<const std::byte> bytes, Nanos now) { flow_from(from).on_bytes(bytes, now); }

void LinkFsm::on_fin(Side from, Nanos now) { flow_from(from).on_end(Flow::End::fin, now); }

void LinkFsm::on_broken(Side side, Nanos now) {
  flow_from(side).on_end(Flow::End::reset, now);
  flow_to(side).on_sink_gone();
}

void LinkFsm::on_dial_started() { stage_ = Stage::dialling; }

void LinkFsm::on_dialled() { stage_ = Stage::open; }

void LinkFsm::on_dial_failed() { reset_ = true; }

void LinkFsm::on_written(Side to, std::size_t bytes) { flow_to(to).on_written(bytes); }

void LinkFsm::on_end_delivered(Side to) {
  const bool was_reset = flow_to(to).end_due() == Flow::End::reset;
  flow_to(to).on_end_delivered();
  // A socket that was reset takes and gives nothing any more.
  if (was_reset) flow_from(to).on_sink_gone();
}

void LinkFsm::on_armed(Nanos now) {
  expose(*exposure_.chain->armed.back().fault, now);
  admitted_ = false;
  faults_changed_ = true;
}

void LinkFsm::on_disarmed(std::size_t index, bool spoilt, Nanos now) {
  gates_.erase(gates_.begin() + static_cast<std::ptrdiff_t>(index));
  exposure_.spared.erase(exposure_.spared.begin() + static_cast<std::ptrdiff_t>(index));
  for (Flow& flow : flows_) flow.on_disarmed(index, now);
  if (spoilt) reset_ = true;
  faults_changed_ = true;
}

void LinkFsm::on_replaced(std::size_t index) {
  faults_changed_ = true;
  if (spared(index)) return;
  for (Flow& flow : flows_) flow.on_replaced(index);
  // When it came under the fault, and that it did, stay as they are; all else is for the new one to say.
  gates_[index] = Gate{.since = gates_[index].since};
  admitted_ = false;
}

void LinkFsm::ask(Gate& gate, LinkFault& fault, Nanos now) {
  const LinkAction action = fault.on_connection(view(gate), now);
  gate.asked = true;
  gate.open = action.verb == LinkAction::Verb::forward;
  gate.settled = gate.open && action.until == Nanos{};
  gate.until = std::max(action.until, now + Nanos(1));
  if (action.verb == LinkAction::Verb::reset) reset_ = true;
  if (action.verb == LinkAction::Verb::half_close) closed_ = true;
}

void LinkFsm::ask_gates(Nanos now) {
  admitted_ = true;
  for (std::size_t i = 0; i < gates_.size() && !reset_ && !closed_; ++i) {
    Gate& gate = gates_[i];
    if (!gate.settled && (faults_changed_ || gate.until <= now)) ask(gate, *exposure_.chain->armed[i].fault, now);
    if (!gate.settled) due_ = std::min(due_, gate.until);
    admitted_ = admitted_ && gate.open;
  }
  admitted_ = admitted_ && !reset_ && !closed_;
}

void LinkFsm::advance(Nanos now) {
  due_ = Nanos::max();
  ask_gates(now);
  for (Flow& flow : flows_) {
    flow.advance(now, faults_changed_);
    due_ = std::min(due_, flow.next_due());
  }
  faults_changed_ = false;
}

bool LinkFsm::wants_reset() const {
  return reset_ || std::any_of(flows_.begin(), flows_.end(), [](const Flow& flow) { return flow.wants_reset(); });
}

bool LinkFsm::finished() const {
  if (closed_) return true;
  // Whoever was not told of the other's end keeps its socket until it ends by itself, or a disarm resets it.
  const auto over = [](const Flow& flow, const Flow& back) {
    return flow.finished() && (!flow.end_swallowed() || back.source_ended());
  };
  return over(flows_[0], flows_[1]) && over(flows_[1], flows_[0]);
}

std::span<const std::byte> LinkFsm::output(Side to) const {
  if (stage_ != Stage::open) return {};
  return flow_to(to).output();
}

Flow::End LinkFsm::end_due(Side to) const {
  const Flow::End end = flow_to(to).end_due();
  return stage_ == Stage::open || end == Flow::End::reset ? end : Flow::End::none;
}

}  // namespace stormproof
