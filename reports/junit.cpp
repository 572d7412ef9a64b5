#include <fmt/format.h>

#include <ostream>

#include "harness/base/text.h"
#include "reports/catalog.h"
#include "reports/words.h"
#include "reports/xml_writer.h"

namespace stormproof {
namespace {

std::string seconds(Nanos t) { return fmt::format("{:.3f}", std::chrono::duration<double>(t).count()); }

/// Enough to understand a failure without the run directory; the first anomalies of each invariant.
std::vector<std::string> evidence(const RunSummary& run) {
  constexpr std::size_t kAnomaliesShown = 20;
  std::vector<std::string> lines{fmt::format("verdict: {}", status_words(run)), "counts: " + count_words(run.counts)};
  for (const std::string& line : trouble_details(run)) lines.push_back("  " + line);
  for (const InvariantResult& invariant : run.invariants) {
    if (invariant.anomalies.empty()) continue;
    lines.push_back(fmt::format("{}: {} anomalies", invariant.name, invariant.anomalies_total));
    for (std::size_t i = 0; i < invariant.anomalies.size() && i < kAnomaliesShown; ++i) {
      lines.push_back("  " + anomaly_sentence(invariant.anomalies[i]));
    }
    if (invariant.anomalies_total > kAnomaliesShown) {
      lines.push_back(fmt::format("  and {} more", invariant.anomalies_total - kAnomaliesShown));
    }
  }
  for (const std::string& cause : unknown_causes(run)) lines.push_back("unknown: " + cause);
  if (!run.hint.empty()) lines.push_back("hint: " + run.hint);
  for (const FaultSummary& fault : run.faults) {
    const char* fired = !fault.armed ? "not armed" : fault.fired ? "fired" : "never fired";
    lines.push_back(fmt::format("fault {} on {} when {}: {}, {} {}", fault.name, fault.on, fault.when, fired,
                                fault.hits, fault.hits == 1 ? "hit" : "hits"));
  }
  lines.push_back(fmt::format("seed: {}", run.seed));
  if (!run.reproduce.empty()) lines.push_back("reproduce: " + run.reproduce);
  return lines;
}

std::string headline(const RunSummary& run) {
  std::string words = status_words(run);
  const std::string anomalies = anomaly_words(run);
  if (!anomalies.empty()) words += ": " + anomalies;
  const std::vector<std::string> causes = unknown_causes(run);
  if (mark(run) == Verdict::unknown && !causes.empty()) words += ": " + causes.front();
  return words;
}

/// A gate must not go green on unknown, and it is no failure of the service either: JUnit's word is "error".
void write_case(XmlWriter& xml, const RunSummary& run) {
  std::string name = run.cell.empty() ? run.scenario : cell_name(run.cell);
  if (run.repeat > 1) name += fmt::format(" (repetition {})", run.repeat);
  xml.open("testcase",
           {{"classname", run.scenario}, {"name", name}, {"file", run.scenario_file}, {"time", seconds(run.duration)}});
  const std::vector<std::string> lines = evidence(run);
  if (run.outcome != RunOutcome::completed) {
    xml.text_element("error", {{"type", "environment"}, {"message", headline(run)}}, lines);
  } else if (run.effective() == Verdict::unknown) {
    xml.text_element("error", {{"type", "unknown"}, {"message", headline(run)}}, lines);
  } else if (run.effective() == Verdict::fail) {
    xml.text_element("failure", {{"type", run.expected ? "unexpected" : "fail"}, {"message", headline(run)}}, lines);
  }
  xml.text_element("system-out", {}, lines);
  xml.close();
}

struct Suite {
  std::string scenario;
  std::vector<const RunSummary*> runs;
  std::size_t failures = 0, errors = 0;
  Nanos duration{};
};

std::vector<Suite> suites(const CampaignSummary& campaign) {
  std::vector<Suite> list;
  for (const RunSummary& run : campaign.runs) {
    Suite* suite = nullptr;
    for (Suite& known : list) {
      if (known.scenario == run.scenario) suite = &known;
    }
    if (suite == nullptr) suite = &list.emplace_back(Suite{run.scenario, {}, 0, 0, {}});
    suite->runs.push_back(&run);
    suite->duration += run.duration;
    if (run.effective() == Verdict::fail) ++suite->failures;
    if (run.effective() == Verdict::unknown) ++suite->errors;
  }
  return list;
}

Status write_junit(const CampaignSummary& campaign, std::ostream& out) {
  const std::vector<Suite> list = suites(campaign);
  std::size_t failures = 0, errors = 0;
  for (const Suite& suite : list) {
    failures += suite.failures;
    errors += suite.errors;
  }
  XmlWriter xml(out);
  xml.open("testsuites", {{"name", "stormproof"},
                          {"tests", fmt::format("{}", campaign.runs.size())},
                          {"failures", fmt::format("{}", failures)},
                          {"errors", fmt::format("{}", errors)},
                          {"time", seconds(campaign.duration)}});
  for (const Suite& suite : list) {
    xml.open("testsuite", {{"name", suite.scenario},
                           {"tests", fmt::format("{}", suite.runs.size())},
                           {"failures", fmt::format("{}", suite.failures)},
                           {"errors", fmt::format("{}", suite.errors)},
                           {"skipped", "0"},
                           {"time", seconds(suite.duration)}});
    for (const RunSummary* run : suite.runs) write_case(xml, *run);
    xml.close();
  }
  return Status::success();
}

}  // namespace

constinit const ReportKind junit_kind{
    {"junit", "JUnit XML for CI: a test case for each cell, a suite for each scenario; unknown is an error"},
    "junit.xml",
    write_junit};

}  // namespace stormproof
