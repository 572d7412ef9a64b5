#include "harness/history/binary_reader.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "harness/history/crc32c.h"
#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"

namespace stormproof {

namespace f = history_format;

namespace {

struct BlockHeader {
  std::uint16_t kind = 0;
  std::uint32_t payload_size = 0;
  std::uint32_t events = 0;
  std::uint64_t number = 0;
  Nanos base{};
  std::uint64_t dropped = 0;
  std::uint32_t payload_crc = 0;
};

/// `at` must have kBlockHeaderSize bytes.
bool parse_header(const unsigned char* at, BlockHeader& header) {
  if (load_le<std::uint32_t>(at) != f::kBlockMagic) return false;
  if (load_le<std::uint32_t>(at + f::kOffHeaderCrc) != crc32c(at, f::kOffHeaderCrc)) return false;
  header.kind = load_le<std::uint16_t>(at + f::kOffKind);
  header.payload_size = load_le<std::uint32_t>(at + f::kOffPayloadSize);
  header.events = load_le<std::uint32_t>(at + f::kOffEvents);
  header.number = load_le<std::uint64_t>(at + f::kOffNumber);
  header.base = Nanos(static_cast<std::int64_t>(load_le<std::uint64_t>(at + f::kOffBaseTime)));
  header.dropped = load_le<std::uint64_t>(at + f::kOffDropped);
  header.payload_crc = load_le<std::uint32_t>(at + f::kOffPayloadCrc);
  return header.payload_size <= f::kMaxPayload && header.base.count() >= 0;
}

class BinaryReader {
 public:
  BinaryReader(ByteWindow& in, const OnBlock& on_block) : in_(in), on_block_(on_block) {}

  Result<ReadReport> read() {
    if (Status header = read_file_header(); !header) return header.error();
    while (in_.fill(1) > 0) {
      if (!read_block()) break;
    }
    if (!ended_) report_.torn_tail = true;
    if (report_.torn_tail && report_.damage.empty()) {
      report_.damage = "the history ends at byte " + std::to_string(in_.offset()) +
                       " without its end mark: its writer did not get to close it";
    }
    return report_;
  }

 private:
  Status read_file_header() {
    const std::size_t size = in_.fill(f::kFileHeaderSize);
    if (size < f::kFileHeaderSize) {
      torn(size);
      in_.consume(size);
      return {};
    }
    const unsigned char* const at = in_.data();
    const bool sound =
        std::equal(f::kFileMagic.begin(), f::kFileMagic.end(), at) && load_le<std::uint32_t>(at + 12) == crc32c(at, 12);
    const std::uint32_t version = load_le<std::uint32_t>(at + 8);
    if (sound && (version < f::kVersion || version > f::kPackedVersion)) {
      return usage_error("the history is of version " + std::to_string(version) + "; this stormproof reads versions " +
                             std::to_string(f::kVersion) + " to " + std::to_string(f::kPackedVersion),
                         "use the stormproof that wrote it, or a newer one");
    }
    if (!sound) damage(f::kFileHeaderSize, "file header: wrong checksum");
    in_.consume(f::kFileHeaderSize);
    return {};
  }

  /// False at the end.
  bool read_block() {
    const std::size_t size = in_.fill(f::kBlockHeaderSize);
    BlockHeader header;
    if (size < f::kBlockHeaderSize) {
      torn(size);
      in_.consume(size);
      return false;
    }
    if (!parse_header(in_.data(), header)) return resynchronise();
    const std::size_t whole = f::kBlockHeaderSize + header.payload_size;
    if (in_.fill(whole) < whole) return torn_block();
    const unsigned char* const payload = in_.data() + f::kBlockHeaderSize;
    if (crc32c(payload, header.payload_size) != header.payload_crc) {
      damage(whole, where("block") + ": wrong checksum");
      next_number_ = header.number + 1;
    } else if (header.number < next_number_) {
      damage(whole, where("block") + ": stands there a second time");
    } else {
      take_block(header, payload);
    }
    in_.consume(whole);
    return true;
  }

  void take_block(const BlockHeader& header, const unsigned char* payload) {
    if (header.number > next_number_) {
      report_.missing_blocks += header.number - next_number_;
      damage(0, where("block") + ": " + std::to_string(header.number - next_number_) + " blocks before it are missing");
    }
    next_number_ = header.number + 1;
    report_.dropped = std::max(report_.dropped, header.dropped);
    if (header.kind == static_cast<std::uint16_t>(f::BlockKind::end)) {
      if (header.payload_size >= f::kEndPayloadSize) {
        report_.dropped = std::max(report_.dropped, load_le<std::uint64_t>(payload + 8));
      }
      ended_ = true;
      return;
    }
    const auto kind = static_cast<f::BlockKind>(header.kind);
    if (kind != f::BlockKind::events && kind != f::BlockKind::packed) {
      damage(f::kBlockHeaderSize + header.payload_size, where("block") + ": of a kind this version does not know");
      return;
    }
    report_.events +=
        on_block_({kind, header.base, payload, header.payload_size}, in_.offset(),
                  [this](std::uint64_t bytes, const char* what) { damage(bytes, where("block") + ": " + what); });
  }

  /// Behind garbage: on to the next place where a sound block header stands.
  bool resynchronise() {
    const std::string place = where("block");
    std::uint64_t skipped = 0;
    const auto skip = [&](std::size_t count) {
      in_.consume(count);
      skipped += count;
    };
    unsigned char magic[4];
    store_le(magic, f::kBlockMagic);
    skip(1);
    while (in_.fill(f::kBlockHeaderSize) >= f::kBlockHeaderSize) {
      const void* const found = ::memmem(in_.data(), in_.size(), magic, sizeof magic);
      if (found == nullptr) {
        skip(in_.size() - (sizeof magic - 1));
        continue;
      }
      skip(static_cast<std::size_t>(static_cast<const unsigned char*>(found) - in_.data()));
      if (in_.fill(f::kBlockHeaderSize) < f::kBlockHeaderSize) break;
      BlockHeader header;
      if (parse_header(in_.data(), header)) {
        damage(skipped, place + ": damaged header");
        return true;
      }
      skip(1);
    }
    skip(in_.size());
    damage(skipped, place + ": damaged header, and none after it");
    report_.torn_tail = true;
    return false;
  }

  /// The header promises more than the file has: the end of a killed writer, or a wrong length that happens to have a
  /// right checksum (then sound blocks may still follow, and are not looked for: the header's checksum is trusted).
  bool torn_block() {
    torn(in_.size());
    in_.skip_rest();
    return false;
  }

  void torn(std::size_t bytes) {
    if (bytes > 0) damage(bytes, where("block") + ": cut off in the middle");
    report_.torn_tail = true;
  }

  void damage(std::uint64_t bytes, const std::string& what) {
    report_.damaged_bytes += bytes;
    if (report_.damage.empty()) report_.damage = what;
  }

  std::string where(const char* what) const { return std::string(what) + " at byte " + std::to_string(in_.offset()); }

  ByteWindow& in_;
  const OnBlock& on_block_;
  ReadReport report_;
  std::uint64_t next_number_ = 0;
  bool ended_ = false;
};

}  // namespace

bool looks_binary(const unsigned char* data, std::size_t size) {
  const std::size_t compared = std::min(size, f::kFileMagic.size());
  std::size_t equal = 0;
  for (std::size_t i = 0; i < compared; ++i) equal += data[i] == f::kFileMagic[i] ? 1 : 0;
  return compared > 0 && equal * 2 > compared;
}

Result<ReadReport> read_blocks(ByteWindow& in, const OnBlock& on_block) { return BinaryReader(in, on_block).read(); }

Result<ReadReport> read_binary(ByteWindow& in, const std::function<void(const EventView&)>& on_event) {
  return read_blocks(in, [&](const Block& block, std::uint64_t, const OnBlockDamage& on_damage) {
    return decode_block(block, on_event, on_damage);
  });
}

bool block_again(ByteWindow& in, std::uint64_t offset, Block& block) {
  BlockHeader header;
  if (!in.seek(offset) || in.fill(f::kBlockHeaderSize) < f::kBlockHeaderSize || !parse_header(in.data(), header)) {
    return false;
  }
  const std::size_t whole = f::kBlockHeaderSize + header.payload_size;
  if (in.fill(whole) < whole) return false;
  const unsigned char* const payload = in.data() + f::kBlockHeaderSize;
  block = {static_cast<f::BlockKind>(header.kind), header.base, payload, header.payload_size};
  return crc32c(payload, header.payload_size) == header.payload_crc;
}

}  // namespace stormproof
