/// Histories for the checker's bench: about 4,096 messages in flight, effects in locally shuffled order, one message in
/// 100,000 lost, one doubled, one in 1,000 of unknown outcome. The same for the same number of messages, in any form.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/history/byte_source.h"
#include "harness/history/packed_block.h"

namespace stormproof {

enum class BenchIds { numbers, random };

struct BenchEvent {
  EventType type = EventType::invoke;
  Nanos t{};
  std::uint64_t message = 0;
};

/// The events of messages [65536 * part, 65536 * (part + 1)), below `messages`.
void bench_part(std::uint64_t part, std::uint64_t messages, const std::function<void(const BenchEvent&)>& on_event);
std::uint64_t bench_parts(std::uint64_t messages);

/// 32 hex digits.
std::string random_id(std::uint64_t message);

/// {"t":0.000001024,"type":"invoke","id":0,"by":"source"}
void append_bench_lines(std::uint64_t part, std::uint64_t messages, BenchIds ids, std::string& out);

/// A binary history of version 2, made while it is read: as large as you like without a disk.
class BenchHistory final : public ByteSource {
 public:
  BenchHistory(std::uint64_t messages, BenchIds ids) : messages_(messages), ids_(ids) {}
  std::int64_t read(unsigned char* to, std::size_t size) override;
  bool seek(std::uint64_t offset) override;

 private:
  void make_next();
  void add_block(const PackedBlock& block);

  std::uint64_t messages_;
  BenchIds ids_;
  std::vector<std::uint64_t> starts_;   // offset of each piece made so far: header, parts, end
  std::vector<std::uint64_t> numbers_;  // of its first block
  std::uint64_t piece_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t offset_ = 0;
  std::vector<unsigned char> bytes_;
  std::size_t at_ = 0;
};

}  // namespace stormproof
