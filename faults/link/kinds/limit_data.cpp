/// limit_data: each direction of a connection carries exactly `bytes` more bytes and ends there, with FIN or with RST.
/// Counted from the opening of the connection or the arming of the fault.
#include <algorithm>
#include <utility>

#include "faults/catalog.h"
#include "faults/link/link_kind.h"

namespace stormproof {
namespace {

class LimitData final : public CountingLinkFault {
 public:
  explicit LimitData(const PlannedFault& fault)
      : CountingLinkFault(fault),
        limit_(fault.spec.params.size("bytes")),
        resets_(fault.spec.params.text("end") == "reset") {}

  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    (void)now;
    if (chunk.what != ChunkView::What::bytes) return LinkAction::forward();
    std::uint64_t& passed = passed_.of(chunk);
    const std::uint64_t left = limit_ - std::min(limit_, passed);
    passed += std::min<std::uint64_t>(left, chunk.size);
    if (chunk.size < left) return LinkAction::forward();
    hit();
    return resets_ ? LinkAction::reset(left) : LinkAction::half_close(left);
  }
  void adopt(LinkFault& before) override {
    if (auto* same = dynamic_cast<LimitData*>(&before)) passed_ = std::move(same->passed_);
  }
  void on_close(std::uint64_t connection) override { passed_.forget(connection); }

 private:
  std::uint64_t limit_;
  bool resets_;
  PerDirection<std::uint64_t> passed_;
};

constexpr std::string_view kEnds[] = {"fin", "reset"};
constexpr ParamSpec kParams[] = {
    {.name = "bytes", .type = ParamType::size, .help = "that each direction still carries", .required = true},
    {.name = "end",
     .type = ParamType::choice,
     .help = "fin ends the direction in order, reset the whole connection with RST",
     .fallback = "fin",
     .choices = kEnds},
};

}  // namespace

constinit const FaultKind limit_data_kind =
    breaking(link_kind<LimitData>("limit_data", "connections end after exactly so many bytes", kParams));

}  // namespace stormproof
