#include "tests/fuzz/driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "harness/base/rng.h"

namespace stormproof {

namespace {

constexpr std::size_t kLargest = 64 * 1024;

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, std::vector<std::string> words, std::uint64_t seed)
      : pool_(std::move(seeds)), words_(std::move(words)), rng_(seed) {}

  std::string next() {
    std::string input = pool_[index(pool_.size())];
    for (std::int64_t changes = rng_.between(1, 6); changes > 0; --changes) change(input);
    if (input.size() > kLargest) input.resize(kLargest);
    if (rng_.chance(0.02) && pool_.size() < 1000) pool_.push_back(input);  // wander off, a little
    return input;
  }

 private:
  std::size_t index(std::size_t size) {
    return static_cast<std::size_t>(rng_.between(0, static_cast<std::int64_t>(size) - 1));
  }

  void change(std::string& input) {
    const std::size_t at = index(input.size() + 1);
    switch (rng_.between(0, 7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << rng_.between(0, 7)));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(rng_.between(0, 255));
        break;
      case 2: input.insert(at, 1, static_cast<char>(rng_.between(0, 255))); break;
      case 3: input.erase(at, index(32) + 1); break;
      case 4: input.insert(at, input.substr(index(input.size() + 1), index(64) + 1)); break;
      case 5: {
        const std::string& other = pool_[index(pool_.size())];
        input = input.substr(0, at) + other.substr(index(other.size() + 1));
        break;
      }
      case 6:
        if (!words_.empty()) input.insert(at, words_[index(words_.size())]);
        break;
      default: input.resize(at); break;
    }
  }

  std::vector<std::string> pool_;
  std::vector<std::string> words_;
  Rng rng_;
};

void run_one(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

int drive(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint64_t runs = 20000;
  bool files = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--runs") == 0 && i + 1 < argc) {
      runs = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::ifstream in(argv[i], std::ios::binary);
      run_one({std::istreambuf_iterator<char>(in), {}});
      files = true;
    }
  }
  if (files) return 0;
  const std::vector<std::string> seeds = fuzz_seeds();
  for (const std::string& input : seeds) run_one(input);
  Mutator mutator(seeds, fuzz_words(), seed);
  for (std::uint64_t run = 0; run < runs; ++run) {
    const std::string input = mutator.next();
    // Kept on disk while it runs when asked to: the way to the input that crashed.
    if (const char* keep = std::getenv("STORMPROOF_FUZZ_KEEP"); keep != nullptr) {
      std::ofstream(keep, std::ios::binary | std::ios::trunc) << input;
    }
    run_one(input);
  }
  std::printf("%llu inputs, seed %llu\n", static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
  return 0;
}

}  // namespace

}  // namespace stormproof

int main(int argc, char** argv) { return stormproof::drive(argc, argv); }
