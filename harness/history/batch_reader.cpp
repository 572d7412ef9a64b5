#include "harness/history/batch_reader.h"

#include <cstring>

#include "harness/history/binary_reader.h"
#include "harness/history/json_lines.h"
#include "harness/history/line_chunks.h"
#include "harness/history/ordered_work.h"

namespace stormproof {

namespace {

Error read_trouble(int error) { return environment_error(std::string("cannot read: ") + std::strerror(error)); }

struct LineJob {
  LineChunk chunk;
  ChunkReport report;
  LineShapes shapes;
  Batch batch;
  const Place* place = nullptr;
};

/// The events before the first line with a time have that of the line before the chunk.
void fill_in_times(Batch& batch, Nanos last) {
  const std::int64_t none = ChunkReport::kNoTime.count();
  for (auto event = batch.plain.begin(); event != batch.plain.end() && event->t == none; ++event)
    event->t = last.count();
  for (auto other = batch.others.begin(); other != batch.others.end() && other->event.t == ChunkReport::kNoTime;
       ++other) {
    other->event.t = last;
  }
}

Result<ReadReport> read_line_batches(ByteWindow& in, unsigned threads, const OnBatch& on_batch) {
  ReadReport report;
  report.format = ReadReport::Format::json_lines;
  std::uint64_t lines = 0;
  Nanos last{};
  OrderedWork<LineJob>::run(
      threads, [&](LineJob& job) { return next_chunk(in, job.chunk); },
      [&](LineJob& job) {
        job.batch.clear();
        job.batch.place.offset = job.chunk.offset;
        job.batch.place.size = static_cast<std::uint32_t>(job.chunk.size);
        job.report = parse_chunk(job.chunk, ChunkReport::kNoTime, job.shapes, job.batch);
        job.batch.measure();
      },
      [&](LineJob& job) {
        fill_in_times(job.batch, last);
        job.batch.place.before = last.count();
        if (job.report.last != ChunkReport::kNoTime) last = job.report.last;
        add_chunk(job.report, lines, report);
        return on_batch(job.batch);
      });
  if (Status status = is_a_history(report); !status) return status.error();
  return report;
}

struct Stopped {};

Result<ReadReport> read_block_batches(ByteWindow& in, const OnBatch& on_batch) {
  Batch batch;
  try {
    return read_blocks(in, [&](const Block& block, std::uint64_t offset, const OnBlockDamage& on_damage) {
      batch.clear();
      batch.place.offset = offset;
      const std::uint64_t delivered = decode_block(block, batch, on_damage);
      batch.measure();
      if (!on_batch(batch)) throw Stopped{};
      return delivered;
    });
  } catch (const Stopped&) {
    return ReadReport{};
  }
}

}  // namespace

Result<ReadReport> read_batches(ByteSource& source, unsigned threads, const OnBatch& on_batch) {
  ByteWindow in(source);
  in.fill(16);
  Result<ReadReport> report =
      looks_binary(in.data(), in.size()) ? read_block_batches(in, on_batch) : read_line_batches(in, threads, on_batch);
  if (in.error() != 0) return read_trouble(in.error());
  return report;
}

namespace {

const Error kChanged = environment_error("the history changed while it was read", "check a copy of it");

bool wanted(const Selection& selection, const EventView& event) {
  return is_plain(event.type) && selection.wants(code_of(event.id));
}

Status read_blocks_again(ByteWindow& in, std::span<const Place> places, const Selection& selection,
                         const std::function<void(const EventView&)>& on_event) {
  const OnBlockDamage known = [](std::uint64_t, const char*) {};
  Batch batch;
  for (const Place& place : places) {
    if (!selection.wants(place)) continue;
    Block block;
    if (!block_again(in, place.offset, block)) return kChanged;
    batch.clear();
    decode_block(block, batch, known);
    if (!selection.wants_any(batch.plain)) continue;
    decode_block(
        block, [&](const MessageCode& code) { return selection.wants(code); }, on_event);
  }
  return {};
}

Status read_lines_again(ByteWindow& in, std::span<const Place> places, unsigned threads, const Selection& selection,
                        const std::function<void(const EventView&)>& on_event) {
  bool gone = false;
  auto next = places.begin();
  OrderedWork<LineJob>::run(
      threads,
      [&](LineJob& job) {
        while (next != places.end() && !selection.wants(*next)) ++next;
        if (next == places.end()) return false;
        job.place = &*next++;
        gone = !chunk_again(in, job.place->offset, job.place->size, job.chunk);
        return !gone;
      },
      [&](LineJob& job) {
        job.batch.clear();
        parse_chunk(
            job.chunk, Nanos(job.place->before), job.shapes,
            [&](const MessageCode& code) { return selection.wants(code); },
            [&](const EventView& event) {
              if (wanted(selection, event)) job.batch.others.push_back({0, Event(event)});
            });
      },
      [&](LineJob& job) {
        for (const Batch::Other& kept : job.batch.others) on_event(kept.event.view());
        return true;
      });
  if (gone) return kChanged;
  return {};
}

}  // namespace

Status read_again(ByteSource& source, ReadReport::Format format, std::span<const Place> places, unsigned threads,
                  const Selection& selection, const std::function<void(const EventView&)>& on_event) {
  if (!source.seek(0)) return environment_error("the history cannot be read a second time");
  ByteWindow in(source);
  return format == ReadReport::Format::binary ? read_blocks_again(in, places, selection, on_event)
                                              : read_lines_again(in, places, threads, selection, on_event);
}

Result<ReadReport> StoredBatches::read(unsigned threads, const OnBatch& on_batch) {
  if (!bytes_.seek(0)) return environment_error("the history cannot be read from its beginning");
  Result<ReadReport> report = read_batches(bytes_, threads, on_batch);
  if (report) format_ = report->format;
  return report;
}

Status StoredBatches::again(std::span<const Place> places, unsigned threads, const Selection& selection,
                            const std::function<void(const EventView&)>& on_event) {
  return read_again(bytes_, format_, places, threads, selection, on_event);
}

}  // namespace stormproof
