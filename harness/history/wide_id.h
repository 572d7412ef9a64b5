/// Ids of 128 bits: 32 lower-case hex digits, or the same as a UUID with its dashes. As 16 bytes they are a third as
/// long as their text, and what packed blocks hold.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace stormproof {

enum class IdForm : std::uint8_t { number = 0, hex = 1, uuid = 2 };

inline constexpr std::size_t kWideIdBytes = 16;
using WideId = std::array<unsigned char, kWideIdBytes>;

/// The form of a text of this length: nullopt where it can be neither hex nor UUID.
constexpr std::optional<IdForm> wide_form(std::size_t text_size) {
  if (text_size == 2 * kWideIdBytes) return IdForm::hex;
  if (text_size == 2 * kWideIdBytes + 4) return IdForm::uuid;
  return std::nullopt;
}

/// False when the text is not of that form; `text` has its length.
bool parse_wide_id(std::string_view text, IdForm form, unsigned char* id);

/// 16 bytes as text; `to` has room for 36.
std::string_view wide_id_text(IdForm form, const unsigned char* id, char* to);

}  // namespace stormproof
