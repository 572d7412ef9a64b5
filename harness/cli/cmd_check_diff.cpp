/// stormproof check --diff A B and --merge VERDICT…: stored verdicts beside each other.
#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "harness/cli/check_commands.h"
#include "harness/cli/verdict_diff.h"
#include "harness/cli/verdict_merge.h"
#include "reports/verdict_json.h"

namespace stormproof {

namespace fs = std::filesystem;

Result<RunSummary> read_verdict_at(const std::string& named) {
  std::error_code failure;
  const fs::path path = fs::is_directory(named, failure) ? fs::path(named) / "verdict.json" : fs::path(named);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return usage_error(fmt::format("no such verdict: {}", path.string()),
                       "name verdict.json files, or directories with one; `stormproof check --out DIR` writes it");
  }
  auto summary = verdict_from_json(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!summary) {
    return usage_error(fmt::format("{}: {}", path.string(), summary.error().message), summary.error().hint);
  }
  return summary;
}

ExitCode check_diff(const CheckArgs& args) {
  if (args.diff.size() != 2 || !args.histories.empty()) {
    return complain(usage_error("--diff compares two verdicts and checks nothing", "stormproof check --diff A B"));
  }
  const auto before = read_verdict_at(args.diff[0]);
  if (!before) return complain(before.error());
  const auto after = read_verdict_at(args.diff[1]);
  if (!after) return complain(after.error());
  const VerdictDiff diff = diff_verdicts(*before, *after);
  std::cout << (args.json ? diff_json(diff) + "\n" : diff_text(diff));
  return diff.exit_code();
}

ExitCode check_merge(const CheckArgs& args, const Session& session) {
  if (!args.histories.empty() || !args.diff.empty()) {
    return complain(usage_error("--merge puts the verdicts of shards together and checks nothing",
                                "stormproof check --merge A B; check each shard with --out first"));
  }
  std::vector<Shard> shards;
  for (const std::string& name : args.merge) {
    auto summary = read_verdict_at(name);
    if (!summary) return complain(summary.error());
    shards.push_back({name, std::move(summary).value()});
  }
  RunSummary whole = merge_shards(std::move(shards));
  whole.reproduce = session.command_line;
  return report_check(std::move(whole), args, session);
}

}  // namespace stormproof
