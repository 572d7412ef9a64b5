#include "harness/foreign/foreign_history.h"

#include <algorithm>

#include "harness/history/ordered_work.h"

namespace stormproof {

namespace {

constexpr std::size_t kEvents = 4096;  // of a batch

struct Job {
  Batch batch;
};

}  // namespace

Result<ReadReport> ForeignHistory::each(const std::function<void(const EventView&)>& on_event) const {
  auto source = open_foreign(files_);
  if (!source) return source.error();
  return read_foreign(**source, on_event);
}

Result<ReadReport> ForeignHistory::read(unsigned threads, const OnBatch& on_batch) {
  auto source = open_foreign(files_);
  if (!source) return source.error();
  std::uint64_t read = 0;
  OrderedWork<Job>::run(
      std::min(threads, 2U),
      [&](Job& job) {
        job.batch.clear();
        job.batch.place.offset = read;
        EventView event;
        std::uint32_t count = 0;
        for (; count < kEvents && (*source)->next(event); ++count) job.batch.add(event);
        job.batch.place.size = count;
        read += count;
        return count > 0;
      },
      [](Job& job) { job.batch.measure(); }, [&](Job& job) { return on_batch(job.batch); });
  return foreign_report(**source);
}

Status ForeignHistory::again(std::span<const Place> places, unsigned, const Selection& selection,
                             const std::function<void(const EventView&)>& on_event) {
  auto source = open_foreign(files_);
  if (!source) return source.error();
  EventView event;
  std::uint64_t read = 0;
  for (const Place& place : places) {
    const bool wanted = selection.wants(place);
    for (; read < place.offset + place.size; ++read) {
      if (!(*source)->next(event)) {
        return environment_error("the history changed while it was read", "check a copy of it");
      }
      if (wanted && read >= place.offset && is_plain(event.type) && selection.wants(code_of(event.id))) on_event(event);
    }
  }
  return {};
}

}  // namespace stormproof
