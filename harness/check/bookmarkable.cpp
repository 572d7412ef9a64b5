/// bookmarkable: a progress mark promises that nothing older will come. A mark is a note with id "bookmark", by the
/// stream's reader, key the stream's key (absent: all keys) and seq N.
///   late   an effect seen by that reader after the mark, whose sequence is N or lower. A start of the reader's process
///          or a note with id "assigned" takes its marks back: it is another stream. One anomaly an effect.
/// Unknown when there is no mark.
#include <fmt/core.h>

#include <map>
#include <string>

#include "harness/check/check_context.h"
#include "harness/check/findings.h"
#include "harness/check/kinds.h"

namespace stormproof {

namespace {

class Bookmarkable final : public Invariant {
 public:
  explicit Bookmarkable(bool alone) : alone_(alone) {}

  void on_event(const EventView& event, const CheckContext& context) override {
    if (event.type == EventType::note && event.id == "bookmark" && event.seq != EventView::kNoSeq) {
      any_ = true;
      Mark& mark = marks_[std::string(event.by)][std::string(event.key)];
      mark = {std::max(mark.seq, event.seq), event.t};
    } else if ((event.type == EventType::process && event.id == "started") ||
               (event.type == EventType::note && event.id == "assigned")) {
      if (const auto found = marks_.find(event.by); found != marks_.end()) marks_.erase(found);
    } else if (event.type == EventType::effect && any_) {
      judge(event, context);
    }
  }

  InvariantResult finish(const CheckContext&) override {
    return findings_.result("bookmarkable", any_ || !alone_ ? "" : "the history has no bookmarks");
  }

 private:
  struct Mark {
    std::int64_t seq = INT64_MIN;
    Nanos t{};
  };

  void judge(const EventView& event, const CheckContext& context) {
    const auto of_reader = marks_.find(event.by);
    const std::int64_t seq = event.seq != EventView::kNoSeq ? event.seq : context.current()->seq;
    if (of_reader == marks_.end() || seq == EventView::kNoSeq) return;
    const std::string& key = event.key.empty() ? context.key_text(*context.current()) : key_.assign(event.key);
    for (const std::string& name : {key, std::string()}) {
      const auto mark = of_reader->second.find(name);
      if (mark == of_reader->second.end() || seq > mark->second.seq) continue;
      findings_.add("late", [&] {
        Anomaly anomaly = context.about(*context.current(), "late", event.t, context.by());
        anomaly.key = key;
        anomaly.seq = seq;
        anomaly.detail = fmt::format("seq {} came at {}, after the mark at {} had promised that nothing up to {} would",
                                     seq, at_text(event.t), at_text(mark->second.t), mark->second.seq);
        return anomaly;
      });
      return;
    }
  }

  bool alone_;
  bool any_ = false;
  std::map<std::string, std::map<std::string, Mark>, std::less<>> marks_;  // by reader, then key
  std::string key_;
  Findings findings_;
};

constexpr std::string_view kDefinition =
    "A note with id \"bookmark\" and seq N promises its reader that nothing up to N comes any more. late: an effect at "
    "or "
    "below the mark, after it, in the same life of the reader. Unknown without marks.";

}  // namespace

std::unique_ptr<Invariant> make_bookmarkable(bool alone) { return std::make_unique<Bookmarkable>(alone); }

const InvariantKind bookmarkable_kind{
    {{.name = "bookmarkable", .summary = "after a progress mark nothing older comes (late)"}, {}, kDefinition},
    [](const Params&) { return make_bookmarkable(true); }};

}  // namespace stormproof
