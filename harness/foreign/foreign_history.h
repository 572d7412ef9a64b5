/// Foreign files as a history that can be read in batches and again.
#pragma once

#include <vector>

#include "harness/foreign/foreign.h"
#include "harness/history/batch_reader.h"

namespace stormproof {

class ForeignHistory final : public BatchSource {
 public:
  /// The files are opened anew for each reading: none may be a pipe.
  explicit ForeignHistory(std::vector<ForeignFile> files) : files_(std::move(files)) {}

  /// Parsed on one thread; with two or more, judged on another meanwhile.
  Result<ReadReport> read(unsigned threads, const OnBatch& on_batch) override;
  Status again(std::span<const Place> places, unsigned threads, const Selection& selection,
               const std::function<void(const EventView&)>& on_event) override;
  /// One by one; errors as in open_foreign and read_foreign.
  Result<ReadReport> each(const std::function<void(const EventView&)>& on_event) const;

 private:
  std::vector<ForeignFile> files_;
};

}  // namespace stormproof
