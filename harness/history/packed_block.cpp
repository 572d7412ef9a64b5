#include "harness/history/packed_block.h"

#include <algorithm>

#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"

namespace stormproof {

namespace f = history_format;

namespace {

constexpr std::size_t kMaxNames = PackedWord::kNameMask;
constexpr std::size_t kMaxNameSize = 255;

bool is_plain(const EventView& event) {
  return event.type >= EventType::invoke && event.type <= EventType::effect && event.key.empty() &&
         event.seq == EventView::kNoSeq && event.digest.empty() && event.detail.empty() &&
         event.by.size() <= kMaxNameSize && event.t.count() >= 0;
}

}  // namespace

bool parse_packed_head(const unsigned char* payload, std::size_t size, PackedHead& head) {
  if (size < f::kPackedHeadSize || payload[0] > static_cast<unsigned char>(IdForm::uuid)) return false;
  head.form = static_cast<IdForm>(payload[0]);
  const std::size_t names = payload[1];
  const std::size_t prefix_size = load_le<std::uint16_t>(payload + 2);
  const std::size_t head_size = load_le<std::uint32_t>(payload + 4);
  head.base = load_le<std::uint64_t>(payload + 8);
  if (names > kMaxNames || head_size > size || head_size % 8 != 0 || f::kPackedHeadSize + prefix_size > head_size) {
    return false;
  }
  const unsigned char* at = payload + f::kPackedHeadSize;
  const unsigned char* const records = payload + head_size;
  head.prefix = {reinterpret_cast<const char*>(at), prefix_size};
  at += prefix_size;
  head.names.clear();
  for (std::size_t i = 0; i < names; ++i) {
    if (at == records || static_cast<std::size_t>(records - at) < std::size_t{1} + *at) return false;
    head.names.emplace_back(reinterpret_cast<const char*>(at + 1), *at);
    at += 1 + *at;
  }
  head.records = records;
  head.end = payload + size;
  if ((size - head_size) % head.record_size() != 0) return false;
  if (head.form != IdForm::number) return true;
  const auto code = code_of_prefix(head.prefix);
  if (!code || head.base >= MessageCode::kNumberEnd - UINT32_MAX) return false;
  head.prefix_code = *code;
  return true;
}

bool PackedBlock::start(IdForm form, std::string_view prefix, std::uint64_t number, Nanos t) {
  clear();
  constexpr std::uint64_t kRoomBelow = std::uint64_t{1} << 31U;
  const std::uint64_t base = number > kRoomBelow ? number - kRoomBelow : 0;
  if (form == IdForm::number && (base >= MessageCode::kNumberEnd - UINT32_MAX || !code_of_prefix(prefix))) return false;
  form_ = form;
  prefix_ = prefix;
  first_ = base;
  base_ = last_ = t;
  return true;
}

bool PackedBlock::add_word(EventType type, Nanos t, std::uint64_t offset, std::string_view by) {
  std::uint64_t name = 0;
  if (!by.empty()) {
    while (name < names_.size() && names_[name] != by) ++name;
    if (name == names_.size()) {
      if (names_.size() == kMaxNames) return false;
      names_.emplace_back(by);
    }
    ++name;
  }
  const auto put = [&](std::uint64_t word) {
    const std::size_t at = records_.size();
    records_.resize(at + (form_ == IdForm::number ? 8 : 8 + kWideIdBytes));
    store_le(records_.data() + at, word);
  };
  auto elapsed = static_cast<std::uint64_t>((t - last_).count());
  if (elapsed > PackedWord::kElapsedMask) {
    put((elapsed << PackedWord::kNameShift) | PackedWord::kTimeStep);
    elapsed = 0;
  }
  put(static_cast<std::uint64_t>(type) | (name << PackedWord::kNameShift) | (elapsed << PackedWord::kElapsedShift) |
      (offset << PackedWord::kNumberShift));
  last_ = t;
  ++events_;
  return true;
}

bool PackedBlock::add(EventType type, Nanos t, std::string_view prefix, std::uint64_t number, std::string_view by) {
  if (events_ == 0 && !start(IdForm::number, prefix, number, t)) return false;
  if (form_ != IdForm::number || prefix != prefix_ || number < first_ || number - first_ > UINT32_MAX || t < last_) {
    return false;
  }
  return add_word(type, t, number - first_, by);
}

bool PackedBlock::add(const EventView& event) {
  if (!is_plain(event)) return false;
  if (const auto form = wide_form(event.id.size())) {
    WideId id{};
    if (parse_wide_id(event.id, *form, id.data())) {
      if (events_ == 0) start(*form, {}, 0, event.t);
      if (form_ != *form || event.t < last_ || !add_word(event.type, event.t, 0, event.by)) return false;
      std::copy(id.begin(), id.end(), records_.end() - kWideIdBytes);
      return true;
    }
  }
  const auto split = split_id(event.id);
  return split && add(event.type, event.t, split->prefix, split->number, event.by);
}

void PackedBlock::append_payload(std::vector<unsigned char>& out) const {
  const std::size_t start = out.size();
  out.resize(start + f::kPackedHeadSize);
  const auto text = [&](std::string_view value) { out.insert(out.end(), value.begin(), value.end()); };
  text(prefix_);
  for (const std::string& name : names_) {
    out.push_back(static_cast<unsigned char>(name.size()));
    text(name);
  }
  while ((out.size() - start) % 8 != 0) out.push_back(0);
  unsigned char* const head = out.data() + start;
  head[0] = static_cast<unsigned char>(form_);
  head[1] = static_cast<unsigned char>(names_.size());
  store_le(head + 2, static_cast<std::uint16_t>(prefix_.size()));
  store_le(head + 4, static_cast<std::uint32_t>(out.size() - start));
  store_le(head + 8, first_);
  out.insert(out.end(), records_.begin(), records_.end());
}

void PackedBlock::clear() {
  prefix_.clear();
  names_.clear();
  records_.clear();
  events_ = 0;
  base_ = last_ = Nanos{};
}

}  // namespace stormproof
