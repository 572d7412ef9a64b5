#include "harness/history/history_packer.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string>

#include "harness/history/block_decoder.h"
#include "harness/history/crc32c.h"
#include "harness/history/event_codec.h"

namespace stormproof {

namespace f = history_format;

namespace {
/// A shorter run is not worth a block of its own.
constexpr std::uint32_t kShortRun = 32;
}  // namespace

Status HistoryPacker::start() {
  started_ = true;
  std::array<unsigned char, f::kFileHeaderSize> header{};
  std::copy(f::kFileMagic.begin(), f::kFileMagic.end(), header.begin());
  store_le(header.data() + 8, f::kPackedVersion);
  store_le(header.data() + 12, crc32c(header.data(), 12));
  return write_(header.data(), header.size());
}

Status HistoryPacker::write_block(f::BlockKind kind, const std::vector<unsigned char>& payload, std::uint32_t events,
                                  Nanos base) {
  bytes_.assign(f::kBlockHeaderSize, 0);
  unsigned char* const header = bytes_.data();
  store_le(header, f::kBlockMagic);
  store_le(header + f::kOffKind, static_cast<std::uint16_t>(kind));
  store_le(header + f::kOffPayloadSize, static_cast<std::uint32_t>(payload.size()));
  store_le(header + f::kOffEvents, events);
  store_le(header + f::kOffNumber, number_++);
  store_le(header + f::kOffBaseTime, static_cast<std::uint64_t>(base.count()));
  store_le(header + f::kOffPayloadCrc, crc32c(payload.data(), payload.size()));
  store_le(header + f::kOffHeaderCrc, crc32c(header, f::kOffHeaderCrc));
  bytes_.insert(bytes_.end(), payload.begin(), payload.end());
  return write_(bytes_.data(), bytes_.size());
}

Status HistoryPacker::flush_packed() {
  if (packed_.events() == 0) return {};
  std::vector<unsigned char> payload;
  packed_.append_payload(payload);
  const Nanos base = packed_.base();
  const std::uint32_t events = packed_.events();
  packed_.clear();
  if (events < kShortRun) {
    Status status;
    decode_block(
        {f::BlockKind::packed, base, payload.data(), payload.size()},
        [&](const EventView& event) {
          if (status) status = add_record(event);
        },
        [](std::uint64_t, const char*) {});
    return status;
  }
  if (Status flushed = flush_records(); !flushed) return flushed;
  return write_block(f::BlockKind::packed, payload, events, base);
}

Status HistoryPacker::flush_records() {
  if (record_count_ == 0) return {};
  Status status = write_block(f::BlockKind::events, records_, record_count_, record_base_);
  records_.clear();
  record_count_ = 0;
  return status;
}

Status HistoryPacker::flush() {
  if (Status flushed = flush_packed(); !flushed) return flushed;
  return flush_records();
}

Status HistoryPacker::add_record(EventView event) {
  std::array<std::string, 5> storage;
  event.id = shorten(event.id, storage[0]);
  event.key = shorten(event.key, storage[1]);
  event.digest = shorten(event.digest, storage[2]);
  event.by = shorten(event.by, storage[3]);
  event.detail = shorten(event.detail, storage[4]);
  const std::size_t bound = encoded_bound(event);
  if (event.t < record_last_ || records_.size() + bound > f::kBlockCapacity) {
    if (Status flushed = flush_records(); !flushed) return flushed;
  }
  if (record_count_ == 0) record_base_ = record_last_ = event.t;
  const std::size_t at = records_.size();
  records_.resize(at + bound);
  const unsigned char* const end = encode_event(event, record_last_, records_.data() + at);
  records_.resize(static_cast<std::size_t>(end - records_.data()));
  record_last_ = event.t;
  ++record_count_;
  return {};
}

Status HistoryPacker::add(const EventView& event) {
  if (event.t.count() < 0) {
    return usage_error("an event lies before the start of the history: its time is negative",
                       "the binary history has no negative times; shift the times, or keep the JSON lines");
  }
  if (!started_) {
    if (Status started = start(); !started) return started;
  }
  ++events_;
  if (packed_.size() < f::kPackedCapacity && packed_.add(event)) return {};
  if (Status flushed = flush_packed(); !flushed) return flushed;
  return packed_.add(event) ? Status::success() : add_record(event);
}

Status HistoryPacker::add(EventType type, Nanos t, std::string_view prefix, std::uint64_t number, std::string_view by) {
  if (started_ && packed_.size() < f::kPackedCapacity && packed_.add(type, t, prefix, number, by)) {
    ++events_;
    return {};
  }
  EventView event;
  event.type = type;
  event.t = t;
  event.by = by;
  const std::string id = std::string(prefix) + std::to_string(number);
  event.id = id;
  return add(event);
}

Status HistoryPacker::finish(bool incomplete) {
  if (!started_) {
    if (Status started = start(); !started) return started;
  }
  if (Status flushed = flush(); !flushed || incomplete) return flushed;
  std::vector<unsigned char> end(f::kEndPayloadSize);
  store_le(end.data(), events_);
  return write_block(f::BlockKind::end, end, 0, record_last_);
}

Result<ReadReport> pack_history(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code none;
  if (std::filesystem::equivalent(from, to, none)) {
    return usage_error(to.string() + " is the history itself", "give the packed copy another name");
  }
  std::ofstream file(to, std::ios::binary | std::ios::trunc);
  HistoryPacker packer([&](const unsigned char* data, std::size_t size) -> Status {
    if (file.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size))) return {};
    return environment_error("cannot write " + to.string(), "choose a file that can be written, on a disk with room");
  });
  Status status;
  Result<ReadReport> report = read_history(from, [&](const EventView& event) {
    if (status) status = packer.add(event);
  });
  if (!report) return report.error();
  if (status) status = packer.finish(!report->complete());
  if (!status) return status.error();
  file.close();
  if (!file) return environment_error("cannot write " + to.string(), "is the disk full?");
  return report;
}

}  // namespace stormproof
