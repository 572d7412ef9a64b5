/// The numbers of the binary history; FORMAT.md explains them. Constants only. All integers are little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace stormproof::history_format {

/// Not text (0x89), and damaged by any transfer that rewrites line ends.
inline constexpr std::array<unsigned char, 8> kFileMagic{0x89, 'S', 'P', 'H', '\r', '\n', 0x1A, '\n'};
inline constexpr std::uint32_t kVersion = 1;        // what a run writes
inline constexpr std::uint32_t kPackedVersion = 2;  // may have packed blocks; the highest that can be read
inline constexpr std::size_t kFileHeaderSize = 16;  // magic, version, CRC of both

inline constexpr std::uint32_t kBlockMagic = 0x4B4C4253;  // "SBLK"
inline constexpr std::size_t kBlockHeaderSize = 48;
enum class BlockKind : std::uint16_t { events = 1, end = 2, packed = 3 };

// Offsets within a block header.
inline constexpr std::size_t kOffKind = 4;
inline constexpr std::size_t kOffPayloadSize = 8;
inline constexpr std::size_t kOffEvents = 12;
inline constexpr std::size_t kOffNumber = 16;
inline constexpr std::size_t kOffBaseTime = 24;
inline constexpr std::size_t kOffDropped = 32;
inline constexpr std::size_t kOffPayloadCrc = 40;
inline constexpr std::size_t kOffHeaderCrc = 44;

inline constexpr std::size_t kEndPayloadSize = 16;  // events in the file, events dropped

/// Of a packed block's payload, before prefix and names: form, number of names, sizes, base number.
inline constexpr std::size_t kPackedHeadSize = 16;

/// What the writer fills before it starts a new block; also what one damaged byte may cost.
inline constexpr std::size_t kBlockCapacity = 64 * 1024;
/// The same for packed records: small enough that what they unpack to stays in the nearest caches.
inline constexpr std::size_t kPackedCapacity = 16 * 1024;
/// What a reader believes at most; larger sizes are damage.
inline constexpr std::size_t kMaxPayload = 16 * 1024 * 1024;

/// Longer texts are cut; see shorten() in event_codec.h.
inline constexpr std::size_t kMaxText = 8 * 1024;
/// Upper bound of one record: length, type, fields, two varints, five texts with their lengths.
inline constexpr std::size_t kMaxRecord = 2 + 2 + 10 + 10 + 5 * (3 + kMaxText);

// Bits of a record's field mask, in the order in which the fields follow.
inline constexpr std::uint8_t kHasId = 1U << 0U;
inline constexpr std::uint8_t kHasKey = 1U << 1U;
inline constexpr std::uint8_t kHasSeq = 1U << 2U;
inline constexpr std::uint8_t kHasDigest = 1U << 3U;
inline constexpr std::uint8_t kHasBy = 1U << 4U;
inline constexpr std::uint8_t kHasDetail = 1U << 5U;

}  // namespace stormproof::history_format
