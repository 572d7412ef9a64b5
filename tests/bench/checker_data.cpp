#include "tests/bench/checker_data.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "harness/base/rng.h"
#include "harness/history/crc32c.h"
#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"
#include "harness/history/message_code.h"

namespace stormproof {

namespace f = history_format;

namespace {

constexpr std::uint64_t kPart = 65'536;
constexpr std::size_t kInFlight = 4'096;

void append_header(std::vector<unsigned char>& out) {
  out.resize(f::kFileHeaderSize);
  std::copy(f::kFileMagic.begin(), f::kFileMagic.end(), out.begin());
  store_le(out.data() + 8, f::kPackedVersion);
  store_le(out.data() + 12, crc32c(out.data(), 12));
}

void finish_block(std::vector<unsigned char>& out, std::size_t start, f::BlockKind kind, std::uint32_t events,
                  std::uint64_t number, Nanos base) {
  unsigned char* const header = out.data() + start;
  const std::size_t size = out.size() - start - f::kBlockHeaderSize;
  store_le(header, f::kBlockMagic);
  store_le(header + f::kOffKind, static_cast<std::uint16_t>(kind));
  store_le(header + f::kOffPayloadSize, static_cast<std::uint32_t>(size));
  store_le(header + f::kOffEvents, events);
  store_le(header + f::kOffNumber, number);
  store_le(header + f::kOffBaseTime, static_cast<std::uint64_t>(base.count()));
  store_le(header + f::kOffPayloadCrc, crc32c(header + f::kBlockHeaderSize, size));
  store_le(header + f::kOffHeaderCrc, crc32c(header, f::kOffHeaderCrc));
}

}  // namespace

std::uint64_t bench_parts(std::uint64_t messages) { return (messages + kPart - 1) / kPart; }

void bench_part(std::uint64_t part, std::uint64_t messages, const std::function<void(const BenchEvent&)>& on_event) {
  Rng rng(part + 1);
  std::vector<std::uint64_t> flight;
  auto t = Nanos(static_cast<std::int64_t>(part * kPart * 4'000));
  const auto put = [&](EventType type, std::uint64_t message) {
    t += Nanos(1'000 + static_cast<std::int64_t>(rng.next() & 255U));
    on_event({type, t, message});
  };
  const auto land = [&] {
    const std::size_t which = rng.next() % flight.size();
    const std::uint64_t message = flight[which];
    flight[which] = flight.back();
    flight.pop_back();
    const std::uint64_t fate = spread(message + 1) % 100'000;
    put(fate % 1'000 == 7 ? EventType::info : EventType::ok, message);
    if (fate != 0) put(EventType::effect, message);
    if (fate == 1) put(EventType::effect, message);
  };
  const std::uint64_t end = std::min((part + 1) * kPart, messages);
  for (std::uint64_t message = part * kPart; message < end; ++message) {
    put(EventType::invoke, message);
    flight.push_back(message);
    if (flight.size() > kInFlight) land();
  }
  while (!flight.empty()) land();
}

std::string random_id(std::uint64_t message) {
  std::array<char, 40> text{};
  std::array<unsigned char, 16> id{};
  store_le(id.data(), spread(message * 2 + 1));
  store_le(id.data() + 8, spread(~message));
  return std::string(wide_id_text(IdForm::hex, id.data(), text.data()));
}

void append_bench_lines(std::uint64_t part, std::uint64_t messages, BenchIds ids, std::string& out) {
  bench_part(part, messages, [&](const BenchEvent& event) {
    std::array<char, 160> line{};
    const std::string id =
        ids == BenchIds::numbers ? std::to_string(event.message) : "\"" + random_id(event.message) + "\"";
    const int size = std::snprintf(
        line.data(), line.size(), "{\"t\":%lld.%09lld,\"type\":\"%s\",\"id\":%s,\"by\":\"%s\"}\n",
        static_cast<long long>(event.t.count() / 1'000'000'000),
        static_cast<long long>(event.t.count() % 1'000'000'000), std::string(to_string(event.type)).c_str(), id.c_str(),
        event.type == EventType::effect ? "store" : "source");
    out.append(line.data(), static_cast<std::size_t>(size));
  });
}

void BenchHistory::add_block(const PackedBlock& block) {
  const std::size_t start = bytes_.size();
  bytes_.resize(start + f::kBlockHeaderSize);
  block.append_payload(bytes_);
  finish_block(bytes_, start, f::BlockKind::packed, block.events(), number_++, block.base());
}

void BenchHistory::make_next() {
  bytes_.clear();
  at_ = 0;
  if (piece_ == starts_.size()) {
    starts_.push_back(offset_);
    numbers_.push_back(number_);
  }
  number_ = numbers_[piece_];
  if (piece_ == 0) {
    append_header(bytes_);
  } else if (piece_ <= bench_parts(messages_)) {
    PackedBlock block;
    bench_part(piece_ - 1, messages_, [&](const BenchEvent& event) {
      const char* const by = event.type == EventType::effect ? "store" : "source";
      if (block.size() >= f::kPackedCapacity) {
        add_block(block);
        block.clear();
      }
      if (ids_ == BenchIds::numbers) {
        block.add(event.type, event.t, "", event.message, by);
        return;
      }
      EventView view;
      const std::string id = random_id(event.message);
      view.type = event.type;
      view.t = event.t;
      view.id = id;
      view.by = by;
      block.add(view);
    });
    add_block(block);
  } else if (piece_ == bench_parts(messages_) + 1) {
    bytes_.resize(f::kBlockHeaderSize + f::kEndPayloadSize);
    finish_block(bytes_, 0, f::BlockKind::end, 0, number_++, Nanos{});
  }
  ++piece_;
}

std::int64_t BenchHistory::read(unsigned char* to, std::size_t size) {
  if (at_ == bytes_.size()) make_next();
  const std::size_t count = std::min(size, bytes_.size() - at_);
  std::memcpy(to, bytes_.data() + at_, count);
  at_ += count;
  offset_ += count;
  return static_cast<std::int64_t>(count);
}

bool BenchHistory::seek(std::uint64_t offset) {
  if (offset == 0 && starts_.empty()) return offset_ == 0;
  const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
  if (next == starts_.begin()) return false;
  piece_ = static_cast<std::uint64_t>(next - starts_.begin()) - 1;
  offset_ = starts_[piece_];
  make_next();
  at_ = std::min<std::size_t>(offset - starts_[piece_ - 1], bytes_.size());
  offset_ = offset;
  return true;
}

}  // namespace stormproof
