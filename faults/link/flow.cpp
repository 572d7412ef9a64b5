#include "faults/link/flow.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "harness/base/assert.h"

namespace stormproof {

Flow::Flow(const Exposure& exposure, std::uint64_t connection, Direction direction)
    : exposure_(&exposure), connection_(connection), direction_(direction) {
  STORMPROOF_ASSERT(direction != Direction::both, "a flow has one direction");
}

void Flow::on_bytes(std::shared_ptr<std::byte[]> buffer, std::size_t bytes, Nanos now) {
  if (bytes == 0) return;
  const std::uint64_t offset = received_;
  received_ += bytes;
  if (sink_gone_ || cut_) return;
  Chunk& chunk = held_.emplace_back();
  chunk.bytes = std::move(buffer);
  chunk.end = bytes;
  chunk.offset = offset;
  chunk.received = chunk.arrived = now;
  buffered_ += chunk.cost();
}

void Flow::on_bytes(std::span<const std::byte> bytes, Nanos now) {
  if (bytes.empty()) return;
  auto buffer = std::make_shared_for_overwrite<std::byte[]>(bytes.size());
  std::memcpy(buffer.get(), bytes.data(), bytes.size());
  on_bytes(std::move(buffer), bytes.size(), now);
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

void Flow::on_end_delivered() {
  end_delivered_ = true;
  if (end_ == End::reset) piped_ = 0;
}

void Flow::on_sink_gone() {
  sink_gone_ = true;
  held_.clear();
  out_.clear();
  buffered_ = 0;
  piped_ = 0;
  due_ = Nanos::max();
}

void Flow::advance(Nanos now, bool ask_again) {
  due_ = Nanos::max();
  if (ask_again) {
    for (Chunk& chunk : held_) chunk.until = {};
  }
  const std::size_t stages = exposure_->chain->size();
  std::size_t barrier = stages;  // the stage of the chunk before: nothing overtakes it
  auto chunk = held_.begin();
  while (chunk != held_.end()) {
    if (chunk->stage == stages) {
      leave(chunk++, now);
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
      case LinkAction::Verb::repeat: chunk = repeat(chunk, action.bytes, now); break;
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
  if (!exposure_->meets(chunk.stage, direction_)) return LinkAction::forward();
  if (chunk.until > now) return LinkAction::hold(chunk.until);
  ChunkView view{.connection = connection_,
                 .direction = direction_,
                 .offset = chunk.offset,
                 .size = chunk.size(),
                 .received = chunk.received,
                 .what = chunk.what,
                 .again = chunk.again,
                 .data = {}};
  LinkFault& fault = *exposure_->chain->armed[chunk.stage].fault;
  if (fault.needs_bytes()) view.data = {chunk.bytes.get() + chunk.begin, chunk.size()};
  chunk.again = true;
  return fault.on_chunk(view, now);
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

Flow::Chunks::iterator Flow::repeat(Chunks::iterator chunk, std::size_t bytes, Nanos now) {
  STORMPROOF_ASSERT(bytes > 0, "a repeat forwards at least one byte");
  Chunk copy = *chunk;
  copy.end = copy.begin + std::min(bytes, chunk->size());
  // A later fault may change bytes in place, and shall not change both.
  auto own = std::make_shared_for_overwrite<std::byte[]>(copy.size());
  std::memcpy(own.get(), copy.bytes.get() + copy.begin, copy.size());
  copy.bytes = std::move(own);
  copy.end -= std::exchange(copy.begin, 0);
  enter_next_stage(copy, now);
  buffered_ += copy.cost();
  const auto rest = split(chunk, bytes, {}, now);
  // split() returned the first piece, or the chunk itself when nothing is left over.
  held_.insert(std::next(rest), std::move(copy));
  return rest;
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

void Flow::count_held(const Chunk& chunk, Nanos now) {
  if (exposure_->stats == nullptr || !exposure_->any(direction_)) return;
  const Nanos time = now - chunk.arrived;
  const auto* const bucket = std::lower_bound(kHeldBounds.begin(), kHeldBounds.end(), time.count());
  ++exposure_->stats->held[static_cast<std::size_t>(bucket - kHeldBounds.begin())];
  exposure_->stats->held_time += time;
}

void Flow::leave(Chunks::iterator chunk, Nanos now) {
  if (chunk->what == ChunkView::What::bytes) {
    count_held(*chunk, now);
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

void Flow::on_replaced(std::size_t index) {
  for (Chunk& chunk : held_) {
    if (chunk.stage == index) chunk.again = false;
  }
}

bool Flow::transparent() const {
  return held_.empty() && out_.empty() && !cut_ && !sink_gone_ && !exposure_->any(direction_);
}

void Flow::pass(std::size_t bytes) {
  received_ += bytes;
  forwarded_ += bytes;
}

void Flow::on_piped(std::size_t bytes) {
  received_ += bytes;
  piped_ += bytes;
}

void Flow::on_unpiped(std::size_t bytes) {
  STORMPROOF_ASSERT(bytes <= piped_, "more came out of the pipe than went in");
  piped_ -= bytes;
  forwarded_ += bytes;
}

std::span<const std::byte> Flow::output() const {
  if (out_.empty()) return {};
  const Chunk& front = out_.front();
  return {front.bytes.get() + front.begin, front.size()};
}

Flow::End Flow::end_due() const { return end_delivered_ || sink_gone_ || !out_.empty() ? End::none : end_; }

std::size_t Flow::room() const {
  if (sink_gone_ || source_ended_ || piped_ > 0) return 0;
  const bool delayed = due_ != Nanos::max() && exposure_->delayed(direction_);
  const std::size_t limit = delayed ? kMaxDelayed : kMaxBuffered;
  return buffered_ < limit ? limit - buffered_ : 0;
}

bool Flow::finished() const {
  if (sink_gone_) return true;
  return drained() && (end_ == End::none ? end_swallowed_ : end_delivered_);
}

}  // namespace stormproof
