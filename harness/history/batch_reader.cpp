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
        job.report =
            parse_chunk(job.chunk, ChunkReport::kNoTime, [&](const EventView& event) { job.batch.add(event); });
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

Status read_again(ByteSource& source, ReadReport::Format format, std::span<const Place> places, unsigned threads,
                  const std::function<bool(const MessageCode&)>& keep,
                  const std::function<bool(const EventView&)>& on_event) {
  ByteWindow in(source);
  if (!places.empty() && !source.seek(0)) return environment_error("the history cannot be read a second time");
  const Error changed = environment_error("the history changed while it was read", "check a copy of it");
  bool gone = false;
  const auto wanted = [&](const EventView& event) {
    return event.type >= EventType::invoke && event.type <= EventType::effect && keep(code_of(event.id));
  };
  if (format == ReadReport::Format::binary) {
    for (const Place& place : places) {
      Block block;
      if (!block_again(in, place.offset, block)) return changed;
      bool more = true;
      decode_block(
          block, [&](const EventView& event) { more = more && (!wanted(event) || on_event(event)); },
          [](std::uint64_t, const char*) {});
      if (!more) return {};
    }
    return {};
  }
  auto next = places.begin();
  OrderedWork<LineJob>::run(
      threads,
      [&](LineJob& job) {
        if (next == places.end() || gone) return false;
        job.place = &*next++;
        gone = !chunk_again(in, job.place->offset, job.place->size, job.chunk);
        return !gone;
      },
      [&](LineJob& job) {
        job.batch.clear();
        parse_chunk(job.chunk, Nanos(job.place->before), [&](const EventView& event) {
          if (wanted(event)) job.batch.others.push_back({0, Event(event)});
        });
      },
      [&](LineJob& job) {
        for (const Batch::Other& kept : job.batch.others) {
          if (!on_event(kept.event.view())) return false;
        }
        return true;
      });
  if (gone) return changed;
  return {};
}

}  // namespace stormproof
