#include "faults/link/flow.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "harness/base/assert.h"

namespace stormproof {

Flow::Flow(const FaultChain& chain, std::uint64_t connection, Direction direction)
    : chain_(&chain), connection_(connection), direction_(direction) {
  STORMPROOF_ASSERT(direction != Direction::both, "a flow has one direction");
}

void Flow::on_bytes(std::span<const std::byte> bytes, Nanos now) {
  if (bytes.empty()) return;
  const std::uint64_t offset = received_;
  received_ += bytes.size();
  if (sink_gone_ || cut_) return;
  Chunk chunk;
  chunk.bytes = std::make_shared_for_overwrite<std::byte[]>(bytes.size());
  std::memcpy(chunk.bytes.get(), bytes.data(), bytes.size());
  chunk.end = bytes.size();
  chunk.offset = offset;
  chunk.received = now;
  buffered_ += chunk.cost();
  held_.push_back(std::move(chunk));
}

void Flow::on_end(End end, Nanos now) {
  if (sink_gone_ || cut_ || end == End::none) {
    source_ended_ = true;
    return;
  }
  // After its FIN a source can still reset the connection.
  if (source_ended_ && end == End::fin) return;
  source_ended_ = true;
  Chunk chunk;
  chunk.what = end == End::fin ? ChunkView::What::fin : ChunkView::What::reset;
  chunk.offset = received_;
  chunk.received = now;
  buffered_ += chunk.cost();
  held_.push_back(std::move(chunk));
}

void Flow::on_written(std::size_t bytes) {
  forwarded_ += bytes;
  while (bytes > 0) {
    STORMPROOF_ASSERT(!out_.empty(), "more was written than there was to write");
    Chunk& front = out_.front();
    const std::size_t taken = std::min(bytes, front.size());
    front.begin += taken;
    buffered_ -= taken;
    bytes -= taken;
    if (front.size() == 0) erase(out_, out_.begin());
  }
}

void Flow::on_end_delivered() { end_delivered_ = true; }

void Flow::on_sink_gone() {
  sink_gone_ = true;
  held_.clear();
  out_.clear();
  buffered_ = 0;
  due_ = Nanos::max();
}

void Flow::advance(Nanos now, bool ask_again) {
  due_ = Nanos::max();
  if (ask_again) {
    for (Chunk& chunk : held_) chunk.until = {};
  }
  std::size_t barrier = chain_->size();  // the stage of the chunk before: nothing overtakes it
  auto chunk = held_.begin();
  while (chunk != held_.end()) {
    if (chunk->stage == chain_->size()) {
      leave(chunk++);
      continue;
    }
    if (chunk->stage == barrier) {
      if (barrier == 0) return;
      ++chunk;
      continue;
    }
    const LinkAction action = decide(*chunk, now);
    switch (action.verb) {
      case LinkAction::Verb::forward: enter_next_stage(*chunk, now); break;
      case LinkAction::Verb::hold:
        chunk->until = std::max(action.until, now + Nanos(1));
        due_ = std::min(due_, chunk->until);
        barrier = chunk->stage;
        if (barrier == 0) return;  // the rest of the list is at stage 0 as well
        ++chunk;
        break;
      case LinkAction::Verb::drop:
        if (chunk->what != ChunkView::What::bytes) end_swallowed_ = true;
        chunk = erase(held_, chunk);
        break;
      case LinkAction::Verb::split: chunk = split(chunk, action.bytes, action.until, now); break;
      case LinkAction::Verb::half_close: chunk = cut_at(chunk, action, now); break;
      case LinkAction::Verb::reset:
        if (action.bytes == 0) {
          wants_reset_ = true;
          return;
        }
        chunk = cut_at(chunk, action, now);
        break;
    }
  }
}

LinkAction Flow::decide(Chunk& chunk, Nanos now) {
  const FaultChain::Armed& armed = chain_->armed[chunk.stage];
  if (!armed.covers(direction_)) return LinkAction::forward();
  if (chunk.until > now) return LinkAction::hold(chunk.until);
  ChunkView view{.connection = connection_,
                 .direction = direction_,
                 .offset = chunk.offset,
                 .size = chunk.size(),
                 .received = chunk.received,
                 .what = chunk.what,
                 .again = chunk.again,
                 .data = {}};
  if (armed.fault->needs_bytes()) view.data = {chunk.bytes.get() + chunk.begin, chunk.size()};
  chunk.again = true;
  return armed.fault->on_chunk(view, now);
}

void Flow::enter_next_stage(Chunk& chunk, Nanos now) const {
  ++chunk.stage;
  chunk.received = now;
  chunk.until = {};
  chunk.again = false;
}

Flow::Chunks::iterator Flow::split(Chunks::iterator chunk, std::size_t bytes, Nanos until, Nanos now) {
  if (bytes >= chunk->size()) {
    enter_next_stage(*chunk, now);
    return chunk;
  }
  STORMPROOF_ASSERT(bytes > 0, "a split forwards at least one byte");
  Chunk first = *chunk;
  first.end = first.begin + bytes;
  enter_next_stage(first, now);
  chunk->begin += bytes;
  chunk->offset += bytes;
  chunk->until = until;
  buffered_ += kChunkCost;
  return held_.insert(chunk, std::move(first));
}

Flow::Chunks::iterator Flow::cut_at(Chunks::iterator chunk, const LinkAction& action, Nanos now) {
  cut_ = true;
  for (auto behind = std::next(chunk); behind != held_.end();) behind = erase(held_, behind);
  if (action.verb == LinkAction::Verb::reset) {
    reset_when_drained_ = true;
  } else {
    Chunk fin;
    fin.what = ChunkView::What::fin;
    fin.offset = chunk->offset + std::min(action.bytes, chunk->size());
    fin.stage = chunk->stage;
    enter_next_stage(fin, now);
    buffered_ += fin.cost();
    held_.push_back(std::move(fin));
  }
  const std::size_t dropped = chunk->size() - std::min(action.bytes, chunk->size());
  chunk->end -= dropped;
  buffered_ -= dropped;
  if (chunk->size() == 0) return erase(held_, chunk);
  enter_next_stage(*chunk, now);
  return chunk;
}

void Flow::leave(Chunks::iterator chunk) {
  if (chunk->what == ChunkView::What::bytes) {
    out_.splice(out_.end(), held_, chunk);
    return;
  }
  if (chunk->what == ChunkView::What::reset) {
    // As in TCP itself: a reset does not wait for a sink that does not read.
    while (!out_.empty()) erase(out_, out_.begin());
    end_ = End::reset;
  } else if (end_ == End::none) {
    end_ = End::fin;
  }
  end_delivered_ = false;
  erase(held_, chunk);
}

Flow::Chunks::iterator Flow::erase(Chunks& from, Chunks::iterator chunk) {
  buffered_ -= chunk->cost();
  return from.erase(chunk);
}

void Flow::on_disarmed(std::size_t index, Nanos now) {
  for (Chunk& chunk : held_) {
    if (chunk.stage < index) continue;
    if (chunk.stage > index) {
      --chunk.stage;
      continue;
    }
    chunk.received = now;
    chunk.until = {};
    chunk.again = false;
  }
}

bool Flow::transparent() const {
  return held_.empty() && out_.empty() && !cut_ && !sink_gone_ &&
         std::none_of(chain_->armed.begin(), chain_->armed.end(),
                      [this](const FaultChain::Armed& armed) { return armed.covers(direction_); });
}

void Flow::pass(std::size_t bytes) {
  received_ += bytes;
  forwarded_ += bytes;
}

std::span<const std::byte> Flow::output() const {
  if (out_.empty()) return {};
  const Chunk& front = out_.front();
  return {front.bytes.get() + front.begin, front.size()};
}

Flow::End Flow::end_due() const { return end_delivered_ || sink_gone_ || !out_.empty() ? End::none : end_; }

std::size_t Flow::room() const {
  if (sink_gone_ || source_ended_) return 0;
  return buffered_ < kMaxBuffered ? kMaxBuffered - buffered_ : 0;
}

bool Flow::finished() const {
  if (sink_gone_) return true;
  return held_.empty() && out_.empty() && (end_ == End::none ? end_swallowed_ : end_delivered_);
}

}  // namespace stormproof
