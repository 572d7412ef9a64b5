/// One direction of one connection as a pure state machine: what the source did goes in, what the shell shall do comes
/// out. No socket, no epoll, no clock. Bytes leave in the order in which they came, whatever the faults decide; each
/// fault of the chain is asked about the next chunk that would pass it.
///
/// Memory is bounded: the shell reads no more than room(), so that a slow sink or a fault that holds bytes stops the
/// source by TCP's own back-pressure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>

#include "faults/link/fault_chain.h"

namespace stormproof {

class Flow {
 public:
  static constexpr std::size_t kMaxBuffered = std::size_t{256} * 1024;
  /// The bound while a fault delays bytes: what is on its way on a path with that delay.
  static constexpr std::size_t kMaxDelayed = std::size_t{4} * 1024 * 1024;
  /// What a chunk counts beside its bytes, so that a stream of single bytes is bounded as well.
  static constexpr std::size_t kChunkCost = 128;

  enum class End { none, fin, reset };

  /// `exposure` outlives the flow.
  Flow(const Exposure& exposure, std::uint64_t connection, Direction direction);

  // What the source did. Each is followed by advance().
  /// Takes `bytes` of the buffer over without copying.
  void on_bytes(std::shared_ptr<std::byte[]> buffer, std::size_t bytes, Nanos now);
  void on_bytes(std::span<const std::byte> bytes, Nanos now);
  void on_end(End end, Nanos now);

  // What the sink did.
  void on_written(std::size_t bytes);
  void on_end_delivered();
  /// Nothing can be delivered any more: forgets everything.
  void on_sink_gone();

  /// Lets pass what the faults let pass by now. `ask_again`: also those that hold something are asked, because faults
  /// have changed.
  void advance(Nanos now, bool ask_again = false);
  /// The fault at `index` has just been taken out of the chain; what it held goes on with the next advance().
  void on_disarmed(std::size_t index, Nanos now);

  /// Another fault stands at `index`.
  void on_replaced(std::size_t index);

  /// True while bytes may go from source to sink without being kept here; then pass() counts them.
  bool transparent() const;
  void pass(std::size_t bytes);
  /// The shell keeps bytes in a pipe on their way: so many went in, so many came out to the sink. Meanwhile there is
  /// no room, and what flow has to say about the sink counts only once the pipe is empty.
  void on_piped(std::size_t bytes);
  void on_unpiped(std::size_t bytes);
  std::size_t piped() const { return piped_; }

  /// The next bytes to write; empty when there is nothing to do. Valid until the next call that changes the flow.
  std::span<const std::byte> output() const;
  /// What to tell the sink now: fin after the last byte, reset at once; none also when it was told.
  End end_due() const;
  /// How many bytes the shell may read from the source now; 0: leave them in the kernel.
  std::size_t room() const;
  /// When to call advance() next at the latest; Nanos::max(): not before something happens.
  Nanos next_due() const { return due_; }
  /// A fault wants both sides to be reset.
  bool wants_reset() const { return wants_reset_ || (reset_when_drained_ && drained()); }
  /// Nothing will ever leave here again.
  bool finished() const;
  /// A fault dropped the end of the stream, so that the sink does not know of it.
  bool end_swallowed() const { return end_swallowed_ && end_ == End::none; }
  /// The source has sent its FIN or RST.
  bool source_ended() const { return source_ended_; }
  std::uint64_t forwarded() const { return forwarded_; }

 private:
  struct Chunk {
    std::shared_ptr<std::byte[]> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t offset = 0;
    std::size_t stage = 0;  ///< index in the chain of the fault to ask next
    Nanos received{};       ///< when it came to that stage
    Nanos until{};          ///< held there; 0: not asked yet
    Nanos arrived{};        ///< when the proxy read it
    ChunkView::What what = ChunkView::What::bytes;
    bool again = false;

    std::size_t size() const { return end - begin; }
    std::size_t cost() const { return size() + kChunkCost; }
  };
  using Chunks = std::list<Chunk>;
  LinkAction decide(Chunk& chunk, Nanos now);
  void enter_next_stage(Chunk& chunk, Nanos now) const;
  /// Cuts `bytes` off the front into a chunk of their own, which is past the fault; returns that one.
  Chunks::iterator split(Chunks::iterator chunk, std::size_t bytes, Nanos until, Nanos now);
  /// Forwards the first `bytes` twice, as chunks of their own.
  Chunks::iterator repeat(Chunks::iterator chunk, std::size_t bytes, Nanos now);
  bool drained() const { return held_.empty() && out_.empty() && piped_ == 0; }
  void count_held(const Chunk& chunk, Nanos now);
  /// Forwards the first `bytes` of the chunk and ends the direction there. Returns what to look at next.
  Chunks::iterator cut_at(Chunks::iterator chunk, const LinkAction& action, Nanos now);
  void leave(Chunks::iterator chunk, Nanos now);
  Chunks::iterator erase(Chunks& from, Chunks::iterator chunk);

  const Exposure* exposure_;
  std::uint64_t connection_;
  Direction direction_;
  Chunks held_;  ///< oldest first, so stages never increase along the list
  Chunks out_;   ///< passed all faults, waits for the sink
  std::size_t buffered_ = 0;
  std::size_t piped_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t forwarded_ = 0;
  Nanos due_ = Nanos::max();
  End end_ = End::none;        ///< came out of the chain
  bool source_ended_ = false;  ///< fin or reset was seen
  bool cut_ = false;           ///< a fault ended the direction: what still comes is discarded
  bool end_delivered_ = false;
  bool end_swallowed_ = false;
  bool sink_gone_ = false;
  bool wants_reset_ = false;
  bool reset_when_drained_ = false;
};

}  // namespace stormproof
