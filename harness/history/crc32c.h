/// CRC-32C (Castagnoli), as in iSCSI: crc32c("123456789") == 0xE3069283. With SSE 4.2 where the machine has it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stormproof {

/// Any thread.
std::uint32_t crc32c(const void* data, std::size_t size);

/// The same by table; exposed so that a test can hold both against each other.
std::uint32_t crc32c_portable(const void* data, std::size_t size);

}  // namespace stormproof
