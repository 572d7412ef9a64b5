/// Random histories of plain operations and effects, with ids of any form and whatever else a fast way to judge them
/// could trip over: retries, early and repeated effects, failed ones that took effect, faults, notes and phases.
#pragma once

#include <string>
#include <vector>

#include "harness/base/rng.h"
#include "harness/history/byte_source.h"
#include "harness/model/event.h"

namespace stormproof {

std::vector<Event> plain_history(Rng& rng, std::int64_t messages);

/// As a file of JSON lines and as a history of version 2.
std::string as_json_lines(const std::vector<Event>& events);
std::string as_packed(const std::vector<Event>& events);

/// A history in memory.
class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::int64_t read(unsigned char* to, std::size_t size) override;
  bool seek(std::uint64_t offset) override;
  std::uint64_t size() const override { return text_.size(); }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace stormproof
