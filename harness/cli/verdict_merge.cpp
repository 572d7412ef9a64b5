#include "harness/cli/verdict_merge.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/check/findings.h"

namespace stormproof {

namespace {

void add(Counts& to, const Counts& from) {
  using Count = std::uint64_t Counts::*;
  for (const Count count : {&Counts::attempted, &Counts::acked, &Counts::failed, &Counts::info, &Counts::effects,
                            &Counts::recovered, &Counts::lost, &Counts::duplicate, &Counts::phantom,
                            &Counts::aborted_read, &Counts::corrupt, &Counts::reordered, &Counts::gap}) {
    to.*count += from.*count;
  }
}

std::vector<std::string> names_of_all(const std::vector<Shard>& shards) {
  std::vector<std::string> names;
  for (const Shard& shard : shards) {
    for (const InvariantResult& result : shard.summary.invariants) {
      if (std::find(names.begin(), names.end(), result.name) == names.end()) names.push_back(result.name);
    }
  }
  return names;
}

InvariantResult merged(const std::string& name, std::vector<Shard>& shards) {
  std::vector<InvariantResult> parts;
  for (Shard& shard : shards) {
    auto& results = shard.summary.invariants;
    const auto found = std::find_if(results.begin(), results.end(), [&](const auto& one) { return one.name == name; });
    if (found != results.end()) {
      parts.push_back(std::move(*found));
      continue;
    }
    InvariantResult& none = parts.emplace_back();
    none.name = name;
    none.verdict = Verdict::unknown;
    none.unknown_because = "not asked for in " + shard.name;
  }
  return merge_results(name, std::move(parts));
}

}  // namespace

RunSummary merge_shards(std::vector<Shard> shards) {
  RunSummary whole;
  whole.verdict = Verdict::pass;
  whole.scenario = fmt::format("{} shards", shards.size());
  std::vector<std::string> names;
  for (const Shard& shard : shards) {
    names.push_back(shard.name);
    add(whole.counts, shard.summary.counts);
    whole.verdict = merge(whole.verdict, shard.summary.verdict);
    for (const std::string& why : shard.summary.unknown_because) {
      whole.unknown_because.push_back(shard.name + ": " + why);
    }
  }
  whole.description = join(names, ", ");
  for (const std::string& name : names_of_all(shards)) {
    InvariantResult& result = whole.invariants.emplace_back(merged(name, shards));
    whole.verdict = merge(whole.verdict, result.verdict);
    const bool said = std::any_of(whole.unknown_because.begin(), whole.unknown_because.end(), [&](const auto& why) {
      return why.find(result.unknown_because) != std::string::npos;
    });
    if (result.verdict == Verdict::unknown && !said) {
      whole.unknown_because.push_back(result.name + ": " + result.unknown_because);
    }
  }
  return whole;
}

}  // namespace stormproof
