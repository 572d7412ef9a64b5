#include "harness/history/packed_block.h"

#include <algorithm>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "harness/history/event_codec.h"
#include "harness/history/history_format.h"

namespace stormproof {

namespace f = history_format;

namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kMaxNames = PackedWord::kNameMask;
constexpr std::size_t kMaxNameSize = 255;

constexpr std::array<signed char, 256> make_nibbles() {
  std::array<signed char, 256> nibbles{};
  for (auto& nibble : nibbles) nibble = -1;
  for (int i = 0; i < 10; ++i) nibbles[static_cast<std::size_t>('0' + i)] = static_cast<signed char>(i);
  for (int i = 0; i < 6; ++i) nibbles[static_cast<std::size_t>('a' + i)] = static_cast<signed char>(10 + i);
  return nibbles;
}
constexpr std::array<signed char, 256> kNibbles = make_nibbles();

bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

/// 32 lower-case hex digits, in UUID form with dashes between them.
bool parse_id(std::string_view text, IdForm form, unsigned char* id) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    if (form == IdForm::uuid && is_dash(at) && text[at++] != '-') return false;
    const int high = kNibbles[static_cast<unsigned char>(text[at])];
    const int low = kNibbles[static_cast<unsigned char>(text[at + 1])];
    if ((high | low) < 0) return false;
    id[i] = static_cast<unsigned char>(high * 16 + low);
    at += 2;
  }
  return true;
}

void hex_text(const unsigned char* id, char* to) {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(id));
  const __m128i low = _mm_and_si128(bytes, _mm_set1_epi8(15));
  const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15));
  const auto digits = [](__m128i nibbles) {
    const __m128i letter = _mm_and_si128(_mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
    return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), letter);
  };
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), digits(_mm_unpacklo_epi8(high, low)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 16), digits(_mm_unpackhi_epi8(high, low)));
#else
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    to[2 * i] = kDigits[id[i] >> 4U];
    to[2 * i + 1] = kDigits[id[i] & 15U];
  }
#endif
}

bool is_plain(const EventView& event) {
  return event.type >= EventType::invoke && event.type <= EventType::effect && event.key.empty() &&
         event.seq == EventView::kNoSeq && event.digest.empty() && event.detail.empty() &&
         event.by.size() <= kMaxNameSize && event.t.count() >= 0;
}

}  // namespace

std::string_view id_text(IdForm form, const unsigned char* id, char* to) {
  hex_text(id, to);
  if (form == IdForm::hex) return {to, 2 * kIdBytes};
  // From the back: 8-4-4-4-12.
  std::memmove(to + 24, to + 20, 12);
  std::memmove(to + 19, to + 16, 4);
  std::memmove(to + 14, to + 12, 4);
  std::memmove(to + 9, to + 8, 4);
  to[8] = to[13] = to[18] = to[23] = '-';
  return {to, 2 * kIdBytes + 4};
}

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
    records_.resize(at + (form_ == IdForm::number ? 8 : 8 + kIdBytes));
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
  if (event.id.size() == 2 * kIdBytes || event.id.size() == 2 * kIdBytes + 4) {
    const IdForm form = event.id.size() == 2 * kIdBytes ? IdForm::hex : IdForm::uuid;
    std::array<unsigned char, kIdBytes> id{};
    if (parse_id(event.id, form, id.data())) {
      if (events_ == 0) start(form, {}, 0, event.t);
      if (form_ != form || event.t < last_ || !add_word(event.type, event.t, 0, event.by)) return false;
      std::copy(id.begin(), id.end(), records_.end() - kIdBytes);
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
