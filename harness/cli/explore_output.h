/// What `stormproof explore` says, and the files it leaves.
#pragma once

#include <filesystem>
#include <string>

#include "harness/cli/commands.h"
#include "harness/explore/explorer.h"

namespace stormproof {

/// Progress on stderr: one live line on a terminal, a line now and then elsewhere, nothing with `quiet`.
class ExploreConsole final : public ExploreListener {
 public:
  ExploreConsole(int runs, bool quiet);
  void on_probe(const RunSummary& run) override;
  void on_trial(const ExploreProgress& progress) override;
  void on_found(const Finding& finding) override;
  void on_shrink(const std::string& step) override;
  /// Ends the live line.
  void end();

 private:
  void say(const std::string& line);
  const int runs_;
  const bool quiet_;
  const bool live_;
  bool line_open_ = false;
};

/// One exploration as it is reported.
struct Exploration {
  const Scenario& scenario;
  const std::string& text;  ///< of its file
  const ExploreReport& report;
  std::uint64_t seed = 0;
  std::filesystem::path directory;
  std::string save;  ///< of the corpus; empty: none
  const Session& session;
};

/// Where the scenario of finding `index` is written.
std::filesystem::path minimal_file(const Exploration& exploration, std::size_t index);
/// The scenario of a finding, and its name in a corpus: what failed, and through which kinds of faults.
std::string minimal_text(const Exploration& exploration, const Finding& finding);
std::string signature(const Finding& finding);

/// minimal.toml, explain.md, verdicts of the runs that were kept, the reports, the corpus.
Status write_exploration(const Exploration& exploration);
/// Results on stdout: for people, or one JSON object.
void print_exploration(const Exploration& exploration);
void print_exploration_json(const Exploration& exploration);

ExitCode exit_code_of(const ExploreReport& report);

}  // namespace stormproof
