/// A fuzzer is a program with LLVMFuzzerTestOneInput and fuzz_seeds. Here it is driven by a seeded mutator, so that it
/// runs under ctest (label fuzz) with any compiler and a found input repeats:
///     build/release/tests/fuzz_json_lines [--seed N] [--runs N] [FILE...]     FILE: only these inputs, unchanged
/// Configured with -DSTORMPROOF_LIBFUZZER=ON and clang, the same sources make libFuzzer programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Must not crash, hang or leak on any input; returns 0. Broken laws (a round trip that does not close) are to abort.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace stormproof {

/// Sound inputs to begin from; at least one.
std::vector<std::string> fuzz_seeds();
/// Words of the format worth inserting; may be empty.
std::vector<std::string> fuzz_words();

}  // namespace stormproof
