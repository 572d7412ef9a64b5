/// Torn, flipped, doubled and missing: never a crash, never silence.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "harness/base/rng.h"
#include "harness/history/crc32c.h"
#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"
#include "harness/history/history_reader.h"
#include "harness/history/history_writer.h"
#include "tests/support/fake_clock.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

namespace f = history_format;

/// Where the blocks begin.
std::vector<std::size_t> blocks(const std::string& bytes) {
  std::vector<std::size_t> starts;
  std::size_t at = f::kFileHeaderSize;
  while (at < bytes.size()) {
    starts.push_back(at);
    at += f::kBlockHeaderSize +
          load_le<std::uint32_t>(reinterpret_cast<const unsigned char*>(bytes.data()) + at + f::kOffPayloadSize);
  }
  return starts;
}

/// Three blocks of events and the end mark, about a kilobyte.
std::string write_blocks(const TempDir& dir) {
  FakeClock clock;
  const auto path = dir / "small.bin";
  auto writer = HistoryWriter::create(path, clock);
  std::uint64_t written = 0;
  for (int block = 0; block < 3; ++block) {
    const auto grown = [&, before = std::filesystem::file_size(path)] {
      return std::filesystem::file_size(path) > before;
    };
    for (int i = 0; i < 5; ++i) {
      clock.advance(Nanos(1000));
      EventView event;
      event.type = EventType::effect;
      const std::string id = "m-" + std::to_string(written++);
      event.id = id;
      event.seq = i;
      event.by = "store";
      (*writer)->record(event);
    }
    // Wait until the block is on disk, so that the next one is another.
    while (!grown()) std::this_thread::yield();
  }
  EXPECT_TRUE((*writer)->close().ok());
  return read_file(path);
}

/// The writer may flush in the middle of five events when the machine is busy: then once more.
std::string small_history(const TempDir& dir) {
  std::string bytes = write_blocks(dir);
  const auto even = [&] {
    const auto starts = blocks(bytes);
    return starts.size() == 4 && std::all_of(starts.begin(), starts.end() - 1, [&](std::size_t start) {
             return load_le<std::uint32_t>(reinterpret_cast<const unsigned char*>(bytes.data()) + start +
                                           f::kOffEvents) == 5;
           });
  };
  while (!even()) bytes = write_blocks(dir);
  return bytes;
}

struct Outcome {
  bool ok = false;
  ReadReport report;
  std::vector<std::string> ids;
  std::string error;
};

Outcome read_bytes(const TempDir& dir, const std::string& bytes) {
  const auto path = dir / "damaged.bin";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  Outcome outcome;
  const auto report = read_history(path, [&](const EventView& event) { outcome.ids.emplace_back(event.id); });
  outcome.ok = report.ok();
  if (report.ok()) {
    outcome.report = *report;
  } else {
    outcome.error = report.error().message;
  }
  return outcome;
}

TEST(HistoryDamage, FlipInAnyByteIsReportedAndCostsOneBlock) {
  const TempDir dir;
  const std::string sound = small_history(dir);
  const auto original = read_bytes(dir, sound);
  ASSERT_TRUE(original.report.complete());
  ASSERT_EQ(original.ids.size(), 15U);
  for (std::size_t bit = 0; bit < sound.size() * 8; bit += 9) {  // another bit in each byte
    std::string bytes = sound;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const Outcome outcome = read_bytes(dir, bytes);
    ASSERT_TRUE(outcome.ok) << "bit " << bit << ": " << outcome.error;
    ASSERT_FALSE(outcome.report.complete()) << "bit " << bit;
    ASSERT_FALSE(outcome.report.describe().empty()) << "bit " << bit;
    ASSERT_GT(outcome.report.damaged_bytes, 0U) << "bit " << bit;
    ASSERT_GE(outcome.ids.size(), 10U) << "bit " << bit;
    ASSERT_TRUE(std::includes(
        original.ids.begin(), original.ids.end(), outcome.ids.begin(), outcome.ids.end(),
        [](const std::string& a, const std::string& b) { return std::stoi(a.substr(2)) < std::stoi(b.substr(2)); }));
  }
}

TEST(HistoryDamage, TornTailAtAnyByteKeepsEveryWholeBlock) {
  const TempDir dir;
  const std::string sound = small_history(dir);
  const auto starts = blocks(sound);
  ASSERT_EQ(starts.size(), 4U);
  for (std::size_t size = 0; size < sound.size(); ++size) {
    const Outcome outcome = read_bytes(dir, sound.substr(0, size));
    ASSERT_TRUE(outcome.ok) << size << ": " << outcome.error;
    const auto whole = static_cast<std::size_t>(
        std::count_if(starts.begin() + 1, starts.end(), [&](std::size_t start) { return start <= size; }));
    ASSERT_EQ(outcome.ids.size(), 5 * whole) << size;
    if (size == 0) continue;  // an empty file is an empty history of JSON lines
    ASSERT_TRUE(outcome.report.torn_tail) << size;
    ASSERT_FALSE(outcome.report.complete()) << size;
  }
}

TEST(HistoryDamage, TornAtABlockBorderIsSaidPlainly) {
  const TempDir dir;
  const std::string sound = small_history(dir);
  const std::size_t end = blocks(sound).back();
  EXPECT_EQ(read_bytes(dir, sound.substr(0, end)).report.describe(),
            "the history is torn: the history ends at byte " + std::to_string(end) +
                " without its end mark: its writer did not get to close it");
  EXPECT_EQ(read_bytes(dir, sound.substr(0, end - 3)).report.damage.substr(0, 14), "block at byte ");
}

TEST(HistoryDamage, CrcMismatchDropsOneBlockAndSaysWhichBytes) {
  const TempDir dir;
  std::string bytes = small_history(dir);
  const auto starts = blocks(bytes);
  bytes[starts[1] + f::kBlockHeaderSize + 4] ^= 1;
  const Outcome outcome = read_bytes(dir, bytes);
  EXPECT_EQ(outcome.report.describe(), "the history is damaged, " + std::to_string(starts[2] - starts[1]) +
                                           " bytes dropped: block at byte " + std::to_string(starts[1]) +
                                           ": wrong checksum");
  EXPECT_EQ(outcome.ids.size(), 10U);
  EXPECT_FALSE(outcome.report.torn_tail);
}

TEST(HistoryDamage, BlockCutOutOfTheMiddleIsMissed) {
  const TempDir dir;
  std::string bytes = small_history(dir);
  const auto starts = blocks(bytes);
  bytes.erase(starts[1], starts[2] - starts[1]);
  const Outcome outcome = read_bytes(dir, bytes);
  EXPECT_EQ(outcome.ids.size(), 10U);
  EXPECT_EQ(outcome.report.missing_blocks, 1U);
  EXPECT_EQ(outcome.report.describe(), "the history is damaged, 1 blocks are missing: block at byte " +
                                           std::to_string(starts[1]) + ": 1 blocks before it are missing");
}

TEST(HistoryDamage, BlockWrittenTwiceIsDeliveredOnce) {
  const TempDir dir;
  std::string bytes = small_history(dir);
  const auto starts = blocks(bytes);
  bytes.insert(starts[2], bytes.substr(starts[1], starts[2] - starts[1]));
  const Outcome outcome = read_bytes(dir, bytes);
  EXPECT_EQ(outcome.ids.size(), 15U);
  EXPECT_FALSE(outcome.report.complete());
}

TEST(HistoryDamage, GarbageBetweenBlocksIsSteppedOver) {
  const TempDir dir;
  std::string bytes = small_history(dir);
  Rng rng(7);
  std::string garbage;
  for (int i = 0; i < 100000; ++i) garbage.push_back(static_cast<char>(rng.next()));
  garbage += "SBLK";  // a false start
  bytes.insert(blocks(bytes)[1], garbage);
  const Outcome outcome = read_bytes(dir, bytes);
  EXPECT_EQ(outcome.ids.size(), 15U);
  EXPECT_EQ(outcome.report.damaged_bytes, garbage.size());
}

TEST(HistoryDamage, LaterVersionIsAUsageErrorNotDamage) {
  const TempDir dir;
  std::string bytes = small_history(dir);
  auto* const header = reinterpret_cast<unsigned char*>(bytes.data());
  store_le(header + 8, std::uint32_t{9});
  store_le(header + 12, crc32c(header, 12));
  const Outcome outcome = read_bytes(dir, bytes);
  EXPECT_FALSE(outcome.ok);
  EXPECT_EQ(outcome.error,
            (dir / "damaged.bin").string() + ": the history is of version 9; this stormproof reads versions 1 to 2");
}

TEST(HistoryDamage, WhatIsNoHistoryIsAUsageError) {
  const TempDir dir;
  const Outcome text = read_bytes(dir, "# A read-me\nof two lines\n");
  EXPECT_FALSE(text.ok);
  EXPECT_EQ(text.error, (dir / "damaged.bin").string() + ": no history: line 1 is not a JSON object");
  const auto directory = read_history(dir.path(), [](const EventView&) {});
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.error().code, ErrorCode::usage);
  EXPECT_EQ(directory.error().hint, "give the history in it: " + (dir / "history.bin").string());
  const auto missing = read_history(dir / "nothing", [](const EventView&) {});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::environment);
  EXPECT_EQ(missing.error().message, "cannot read " + (dir / "nothing").string() + ": No such file or directory");
}

TEST(Crc32c, InstructionAndTableAgree) {
  EXPECT_EQ(crc32c("123456789", 9), 0xE3069283U);
  Rng rng(3);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(crc32c(bytes.data(), bytes.size()), crc32c_portable(bytes.data(), bytes.size()));
    bytes.push_back(static_cast<char>(rng.next()));
  }
  while (bytes.size() < 20'000) bytes.push_back(static_cast<char>(rng.next()));
  for (int i = 0; i < 200; ++i) {  // long enough for the lanes
    const auto size = static_cast<std::size_t>(rng.between(2'000, 19'000));
    EXPECT_EQ(crc32c(bytes.data() + i, size), crc32c_portable(bytes.data() + i, size));
  }
}

}  // namespace
}  // namespace stormproof
