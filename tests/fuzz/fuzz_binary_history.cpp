/// Any bytes as a binary history: read to the end, and judged.
#include <cstdlib>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/history/binary_reader.h"
#include "harness/history/crc32c.h"
#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"
#include "harness/history/packed_block.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/memory_file.h"

namespace stormproof {

namespace f = history_format;

namespace {

std::string block(f::BlockKind kind, std::uint64_t number, const std::string& payload, std::uint32_t events) {
  std::string header(f::kBlockHeaderSize, '\0');
  auto* const at = reinterpret_cast<unsigned char*>(header.data());
  store_le(at, f::kBlockMagic);
  store_le(at + f::kOffKind, static_cast<std::uint16_t>(kind));
  store_le(at + f::kOffPayloadSize, static_cast<std::uint32_t>(payload.size()));
  store_le(at + f::kOffEvents, events);
  store_le(at + f::kOffNumber, number);
  store_le(at + f::kOffPayloadCrc, crc32c(payload.data(), payload.size()));
  store_le(at + f::kOffHeaderCrc, crc32c(at, f::kOffHeaderCrc));
  return header + payload;
}

std::string record(EventType type, std::string_view id, Nanos t) {
  EventView event;
  event.t = t;
  event.type = type;
  event.id = id;
  event.key = "k";
  event.seq = 1;
  event.by = "source";
  std::string bytes(f::kMaxRecord, '\0');
  auto* const at = reinterpret_cast<unsigned char*>(bytes.data());
  bytes.resize(static_cast<std::size_t>(encode_event(event, Nanos{}, at) - at));
  return bytes;
}

std::string file_header() {
  std::string header(f::kFileMagic.begin(), f::kFileMagic.end());
  header.resize(f::kFileHeaderSize);
  auto* const at = reinterpret_cast<unsigned char*>(header.data());
  store_le(at + 8, f::kVersion);
  store_le(at + 12, crc32c(at, 12));
  return header;
}

/// Checksums keep most mutations out of the decoder: mend those that can be mended, half of the time.
void mend(std::string& bytes) {
  std::size_t start = f::kFileHeaderSize;
  while (start + f::kBlockHeaderSize <= bytes.size()) {
    auto* const at = reinterpret_cast<unsigned char*>(bytes.data()) + start;
    store_le(at, f::kBlockMagic);
    std::size_t size = load_le<std::uint32_t>(at + f::kOffPayloadSize);
    const std::size_t left = bytes.size() - start - f::kBlockHeaderSize;
    if (size > left) {
      size = left;
      store_le(at + f::kOffPayloadSize, static_cast<std::uint32_t>(size));
    }
    store_le(at + f::kOffPayloadCrc, crc32c(at + f::kBlockHeaderSize, size));
    store_le(at + f::kOffHeaderCrc, crc32c(at, f::kOffHeaderCrc));
    start += f::kBlockHeaderSize + size;
  }
}

void read_and_judge(const std::string& bytes) {
  static const auto kSpecs =
      parse_invariant_list("exactly_once,in_order,no_gaps,recovery,progress,graceful_stop").value();
  ByteWindow in(memory_file(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  Checker checker(kSpecs, {});
  std::uint64_t delivered = 0;
  const std::function<void(const EventView&)> on_event = [&](const EventView& event) {
    ++delivered;
    checker.on_event(event);
  };
  const auto report = read_binary(in, on_event);
  if (!report) return;
  if (report->events != delivered || report->damaged_bytes > bytes.size()) std::abort();
  if (checker.finish(*report).verdict == Verdict::pass && !report->complete()) std::abort();
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  const std::string events = record(EventType::invoke, "m-1", Nanos(5)) + record(EventType::ok, "m-1", Nanos(6)) +
                             record(EventType::effect, "m-1", Nanos(7));
  std::string end(f::kEndPayloadSize, '\0');
  end[0] = 3;
  const std::string whole =
      file_header() + block(f::BlockKind::events, 0, events, 3) + block(f::BlockKind::end, 1, end, 0);
  PackedBlock packed;
  packed.add(EventType::invoke, Nanos(5), "m-", 1, "source");
  packed.add(EventType::effect, std::chrono::seconds(1), "m-", 1, "store");
  std::vector<unsigned char> payload;
  packed.append_payload(payload);
  return {whole, file_header() + block(f::BlockKind::packed, 0, std::string(payload.begin(), payload.end()), 2),
          file_header(), file_header() + block(f::BlockKind::events, 0, events + events, 6)};
}

std::vector<std::string> fuzz_words() { return {"SBLK", std::string(8, '\xff'), std::string(4, '\0')}; }

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  stormproof::read_and_judge(bytes);
  stormproof::mend(bytes);
  stormproof::read_and_judge(bytes);
  return 0;
}
