#include <fcntl.h>

#include <algorithm>
#include <new>
#include <thread>

#include "harness/base/fd.h"
#include "harness/check/check_context.h"
#include "harness/check/checker.h"
#include "harness/check/fast_check.h"
#include "harness/check/memory_limit.h"
#include "harness/check/spool.h"
#include "harness/history/batch_reader.h"

namespace stormproof {

namespace {

struct OutOfMemory {
  std::uint64_t bytes = 0;
  std::uint64_t events = 0;
};

/// Event by event, with a Message for each id.
Result<CheckResult> check_slowly(const ReadEvents& read, const std::vector<InvariantSpec>& specs,
                                 const CheckOptions& options) {
  constexpr std::uint64_t kLookEvery = 1024;
  Checker checker(specs, options);
  const CheckContext& context = checker.context();
  try {
    const Result<ReadReport> report = read([&](const EventView& event) {
      checker.on_event(event);
      if (context.number() % kLookEvery != 0) return;
      if (const std::uint64_t bytes = context.messages().bytes(); bytes > options.memory) {
        throw OutOfMemory{bytes, context.number()};
      }
    });
    if (!report) return report.error();
    return checker.finish(*report);
  } catch (const OutOfMemory& trouble) {
    return out_of_memory(options.memory, trouble.bytes, trouble.events);
  }
}

}  // namespace

CheckOptions with_defaults(CheckOptions options) {
  constexpr unsigned kMostThreads = 4;
  if (options.threads == 0) options.threads = std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads);
  if (options.memory == 0) options.memory = default_memory_limit();
  return options;
}

Result<CheckResult> check_history(BatchSource& batches, const ReadEvents& read, const std::vector<InvariantSpec>& specs,
                                  const CheckOptions& options) {
  const CheckOptions chosen = with_defaults(options);
  try {
    if (auto fast = check_fast(batches, specs, chosen)) return std::move(*fast);
    return check_slowly(read, specs, chosen);
  } catch (const std::bad_alloc&) {
    return environment_error("not enough memory to check the history",
                             "give the check less with --memory, so that it stops in time and says what to do");
  }
}

Result<CheckResult> check_history_file(const std::filesystem::path& path, const std::vector<InvariantSpec>& specs,
                                       const CheckOptions& options) {
  const Result<std::optional<Spool>> spool = Spool::of(path);
  if (!spool) return spool.error();
  const std::filesystem::path file = *spool ? (**spool).path() : path;
  const ReadEvents read = [&](const auto& on_event) { return read_history(file, on_event); };
  Fd bytes(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  FdSource source(std::move(bytes));  // of a file that cannot be opened: reading it fails, and the slow way says why
  StoredBatches batches(source);
  return check_history(batches, read, specs, options);
}

}  // namespace stormproof
