/// deadline: a connection ends `deadline` after it was opened or the fault was armed, however busy it is. Bytes pass
/// until then, or vanish with `swallow`; on heal a connection that lost some is reset. A hit is an ended connection or
/// a swallowed byte.
#include <unordered_set>
#include <utility>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class Deadline final : public CountingLinkFault {
 public:
  explicit Deadline(const PlannedFault& fault)
      : CountingLinkFault(fault),
        deadline_(bounded(fault.spec.params.duration("deadline"))),
        swallows_(fault.spec.params.boolean("swallow")),
        resets_(fault.spec.params.text("end") == "reset") {}

  LinkAction on_connection(const ConnectionView& connection, Nanos now) override {
    const Nanos due = connection.since + deadline_;
    if (now < due) return LinkAction::forward_and_ask(due);
    hit();
    return resets_ ? LinkAction::reset() : LinkAction::half_close();
  }
  bool sees_chunks() const override { return swallows_; }
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    hit(chunk.size);
    spoilt_.insert(chunk.connection);
    return LinkAction::drop();
  }
  bool on_disarm(std::uint64_t connection) override { return spoilt_.contains(connection); }
  void adopt(LinkFault& before) override {
    if (auto* same = dynamic_cast<Deadline*>(&before)) spoilt_ = std::move(same->spoilt_);
  }
  void on_close(std::uint64_t connection) override { spoilt_.erase(connection); }

 private:
  Nanos deadline_;
  bool swallows_;
  bool resets_;
  std::unordered_set<std::uint64_t> spoilt_;
};

constexpr std::string_view kEnds[] = {"fin", "reset"};
constexpr ParamSpec kParams[] = {
    {.name = "deadline", .type = ParamType::duration, .help = "how long a connection lives", .required = true},
    {.name = "end",
     .type = ParamType::choice,
     .help = "fin closes both sides in order, reset with RST",
     .fallback = "fin",
     .choices = kEnds},
    {.name = "swallow", .type = ParamType::boolean, .help = "nothing gets through until then", .fallback = "false"},
};

}  // namespace

constinit const FaultKind deadline_kind =
    breaking(link_kind<Deadline>("deadline", "connections end after a time, however busy", kParams));

}  // namespace stormproof
