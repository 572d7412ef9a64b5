/// Blocks of operations and effects that have nothing but a type, a time, an id of one form and perhaps a name: 8 bytes
/// an event for ids that end in a number, 24 for 128-bit ids. FORMAT.md has the layout. Nothing here knows files.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/history/message_code.h"
#include "harness/history/wide_id.h"
#include "harness/model/event.h"

namespace stormproof {

/// The head of a packed payload, and where its records are.
struct PackedHead {
  IdForm form = IdForm::number;
  std::vector<std::string_view> names;
  std::string_view prefix;
  std::uint64_t prefix_code = 0;  ///< `b` of its ids (message_code.h)
  std::uint64_t base = 0;         ///< number of offset 0
  const unsigned char* records = nullptr;
  const unsigned char* end = nullptr;

  std::size_t record_size() const { return form == IdForm::number ? 8 : 24; }
};

/// The parts of a record's first word.
struct PackedWord {
  static constexpr std::uint64_t kTypeMask = 7;
  static constexpr std::uint64_t kTimeStep = 7;  ///< not an event: the other 61 bits are ns to add to the time
  static constexpr unsigned kNameShift = 3;
  static constexpr std::uint64_t kNameMask = 31;
  static constexpr unsigned kElapsedShift = 8;
  static constexpr std::uint64_t kElapsedMask = 0xFFFFFF;
  static constexpr unsigned kNumberShift = 32;
};

/// False: malformed. Views into the payload.
bool parse_packed_head(const unsigned char* payload, std::size_t size, PackedHead& head);

/// Collects events for one packed block.
class PackedBlock {
 public:
  /// False when the event does not fit into this block; it is then unchanged. An empty block takes any event that can
  /// be packed at all.
  bool add(const EventView& event);
  /// The same for a number behind a prefix, without the detour by text.
  bool add(EventType type, Nanos t, std::string_view prefix, std::uint64_t number, std::string_view by);

  std::uint32_t events() const { return events_; }
  std::size_t size() const { return records_.size(); }
  Nanos base() const { return base_; }
  /// The payload of the block. The records follow the head.
  void append_payload(std::vector<unsigned char>& out) const;
  void clear();

 private:
  bool start(IdForm form, std::string_view prefix, std::uint64_t number, Nanos t);
  bool add_word(EventType type, Nanos t, std::uint64_t offset, std::string_view by);

  IdForm form_ = IdForm::number;
  std::string prefix_;
  std::uint64_t first_ = 0;
  std::vector<std::string> names_;
  std::vector<unsigned char> records_;
  std::uint32_t events_ = 0;
  Nanos base_{};
  Nanos last_{};
};

}  // namespace stormproof
