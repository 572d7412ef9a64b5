#include <gtest/gtest.h>
// gtest first: rapidcheck's header needs it
#include <rapidcheck/gtest.h>

#include <limits>

#include "harness/base/text.h"
#include "reports/verdict_json.h"
#include "tests/reports/sample_campaign.h"

namespace stormproof {
namespace {

using rc::gen::arbitrary;

/// Any bytes, as they come back from JSON: what is no UTF-8 was escaped on the way.
rc::Gen<std::string> text() {
  return rc::gen::resize(16, rc::gen::map(arbitrary<std::string>(), [](const auto& s) { return valid_utf8(s); }));
}
/// A short list of things of full size.
template <class Item>
rc::Gen<std::vector<Item>> few(const rc::Gen<Item>& item) {
  return rc::gen::resize(4, rc::gen::container<std::vector<Item>>(rc::gen::resize(100, item)));
}
rc::Gen<std::vector<std::string>> texts() { return few(text()); }
rc::Gen<Nanos> time_point() {
  return rc::gen::map(rc::gen::inRange<std::int64_t>(0, 3'600'000'000'000), [](std::int64_t ns) { return Nanos(ns); });
}
rc::Gen<Verdict> verdict() { return rc::gen::element(Verdict::pass, Verdict::unknown, Verdict::fail); }

rc::Gen<Anomaly> anomaly() {
  return rc::gen::build<Anomaly>(rc::gen::set(&Anomaly::kind, text()), rc::gen::set(&Anomaly::id, text()),
                                 rc::gen::set(&Anomaly::key, text()), rc::gen::set(&Anomaly::seq),
                                 rc::gen::set(&Anomaly::t, time_point()), rc::gen::set(&Anomaly::process, text()),
                                 rc::gen::set(&Anomaly::fault, text()), rc::gen::set(&Anomaly::detail, text()));
}
rc::Gen<InvariantResult> invariant() {
  return rc::gen::build<InvariantResult>(
      rc::gen::set(&InvariantResult::name, text()), rc::gen::set(&InvariantResult::verdict, verdict()),
      rc::gen::set(&InvariantResult::anomalies, few(anomaly())), rc::gen::set(&InvariantResult::anomalies_total),
      rc::gen::set(&InvariantResult::unknown_because, text()));
}
rc::Gen<FaultSummary> fault() {
  return rc::gen::build<FaultSummary>(
      rc::gen::set(&FaultSummary::name, text()), rc::gen::set(&FaultSummary::kind, text()),
      rc::gen::set(&FaultSummary::on, text()), rc::gen::set(&FaultSummary::when, text()),
      rc::gen::set(&FaultSummary::armed), rc::gen::set(&FaultSummary::fired), rc::gen::set(&FaultSummary::hits),
      rc::gen::set(&FaultSummary::injected_at, rc::gen::map(rc::gen::maybe(time_point()), [](const auto& m) {
        return m ? std::optional<Nanos>(*m) : std::nullopt;
      })));
}
rc::Gen<ProcessSummary> process() {
  return rc::gen::build<ProcessSummary>(
      rc::gen::set(&ProcessSummary::name, text()), rc::gen::set(&ProcessSummary::restarts),
      rc::gen::set(&ProcessSummary::last_state, text()), rc::gen::set(&ProcessSummary::limits_by, text()),
      rc::gen::set(&ProcessSummary::unasked_exit), rc::gen::set(&ProcessSummary::stdout_log, text()),
      rc::gen::set(&ProcessSummary::stderr_log, text()));
}

RunSummary arbitrary_run() {
  RunSummary run;
  run.scenario = *text();
  run.scenario_file = *text();
  run.description = *text();
  const auto values = *texts();
  for (std::size_t i = 0; i < values.size(); ++i) run.cell.emplace_back("axis" + std::to_string(i), values[i]);
  run.seed = *arbitrary<std::uint64_t>();
  run.repeat = *arbitrary<int>();
  run.outcome = *rc::gen::element(RunOutcome::completed, RunOutcome::environment, RunOutcome::interrupted);
  run.trouble = *text();
  run.hint = *text();
  run.verdict = *verdict();
  if (*arbitrary<bool>()) run.expected = *verdict();
  run.expected_anomalies = *texts();
  run.as_expected = *arbitrary<bool>();
  run.expect_detail = *text();
  run.counts.attempted = *arbitrary<std::uint64_t>();
  run.counts.lost = *arbitrary<std::uint64_t>();
  run.counts.aborted_read = *arbitrary<std::uint64_t>();
  run.invariants = *few(invariant());
  run.faults = *few(fault());
  run.processes = *few(process());
  run.links = {{*text(), *arbitrary<std::uint64_t>(), *arbitrary<std::uint64_t>(), *arbitrary<std::uint64_t>()}};
  run.unknown_because = *texts();
  run.notes = *texts();
  run.duration = *time_point();
  run.reproduce = *text();
  return run;
}

void expect_same(const Anomaly& a, const Anomaly& b) {
  RC_ASSERT(std::tie(a.kind, a.id, a.key, a.seq, a.t, a.process, a.fault, a.detail) ==
            std::tie(b.kind, b.id, b.key, b.seq, b.t, b.process, b.fault, b.detail));
}

void expect_same(const Counts& a, const Counts& b) {
  RC_ASSERT(std::tie(a.attempted, a.acked, a.failed, a.info, a.effects, a.recovered) ==
            std::tie(b.attempted, b.acked, b.failed, b.info, b.effects, b.recovered));
  RC_ASSERT(std::tie(a.lost, a.duplicate, a.phantom, a.aborted_read, a.corrupt, a.reordered, a.gap) ==
            std::tie(b.lost, b.duplicate, b.phantom, b.aborted_read, b.corrupt, b.reordered, b.gap));
}

void expect_same(const RunSummary& a, const RunSummary& b) {
  RC_ASSERT(std::tie(a.scenario, a.scenario_file, a.description, a.cell, a.seed, a.repeat, a.outcome, a.trouble) ==
            std::tie(b.scenario, b.scenario_file, b.description, b.cell, b.seed, b.repeat, b.outcome, b.trouble));
  RC_ASSERT(std::tie(a.hint, a.verdict, a.expected, a.expected_anomalies, a.as_expected, a.expect_detail) ==
            std::tie(b.hint, b.verdict, b.expected, b.expected_anomalies, b.as_expected, b.expect_detail));
  RC_ASSERT(std::tie(a.unknown_because, a.notes, a.duration, a.reproduce) ==
            std::tie(b.unknown_because, b.notes, b.duration, b.reproduce));
  expect_same(a.counts, b.counts);
  RC_ASSERT(a.invariants.size() == b.invariants.size());
  for (std::size_t i = 0; i < a.invariants.size(); ++i) {
    const InvariantResult &x = a.invariants[i], &y = b.invariants[i];
    RC_ASSERT(std::tie(x.name, x.verdict, x.anomalies_total, x.unknown_because) ==
              std::tie(y.name, y.verdict, y.anomalies_total, y.unknown_because));
    RC_ASSERT(x.anomalies.size() == y.anomalies.size());
    for (std::size_t j = 0; j < x.anomalies.size(); ++j) expect_same(x.anomalies[j], y.anomalies[j]);
  }
  RC_ASSERT(a.faults.size() == b.faults.size());
  for (std::size_t i = 0; i < a.faults.size(); ++i) {
    const FaultSummary &x = a.faults[i], &y = b.faults[i];
    RC_ASSERT(std::tie(x.name, x.kind, x.on, x.when, x.armed, x.fired, x.hits) ==
              std::tie(y.name, y.kind, y.on, y.when, y.armed, y.fired, y.hits));
    RC_ASSERT(std::tie(x.injected_at, x.healed_at, x.recovery) == std::tie(y.injected_at, y.healed_at, y.recovery));
  }
  RC_ASSERT(a.processes.size() == b.processes.size());
  for (std::size_t i = 0; i < a.processes.size(); ++i) {
    const ProcessSummary &x = a.processes[i], &y = b.processes[i];
    RC_ASSERT(std::tie(x.name, x.restarts, x.last_state, x.limits_by, x.unasked_exit, x.stdout_log, x.stderr_log) ==
              std::tie(y.name, y.restarts, y.last_state, y.limits_by, y.unasked_exit, y.stdout_log, y.stderr_log));
  }
  RC_ASSERT(a.links.size() == b.links.size());
  for (std::size_t i = 0; i < a.links.size(); ++i) {
    const LinkSummary &x = a.links[i], &y = b.links[i];
    RC_ASSERT(std::tie(x.name, x.connections, x.upstream_bytes, x.downstream_bytes) ==
              std::tie(y.name, y.connections, y.upstream_bytes, y.downstream_bytes));
  }
}

RC_GTEST_PROP(VerdictJson, ComesBackAsItWas, ()) {
  const RunSummary run = arbitrary_run();
  const JsonLayout layout = *rc::gen::element(JsonLayout::pretty, JsonLayout::one_line);
  const auto back = verdict_from_json(verdict_json(run, layout));
  RC_ASSERT(back.ok());
  expect_same(run, *back);
}

RC_GTEST_PROP(CampaignJson, ComesBackWithItsRunDirectories, ()) {
  CampaignSummary campaign;
  campaign.version = *text();
  campaign.command_line = *text();
  campaign.duration = *time_point();
  campaign.started_at = 1'790'000'000.25;
  campaign.directory = "some/where";
  campaign.runs = {arbitrary_run(), arbitrary_run()};
  campaign.runs[0].run_dir = "some/where/scenario/level=naive";
  campaign.runs[1].run_dir = "/else/where";
  const auto back = campaign_from_json(campaign_json(campaign), campaign.directory);
  RC_ASSERT(back.ok());
  RC_ASSERT(
      std::tie(back->version, back->command_line, back->duration, back->started_at, back->directory) ==
      std::tie(campaign.version, campaign.command_line, campaign.duration, campaign.started_at, campaign.directory));
  RC_ASSERT(back->runs.size() == campaign.runs.size());
  for (std::size_t i = 0; i < campaign.runs.size(); ++i) {
    expect_same(campaign.runs[i], back->runs[i]);
    RC_ASSERT(back->runs[i].run_dir == campaign.runs[i].run_dir);
  }
}

TEST(CampaignJson, MovesWithItsDirectory) {
  CampaignSummary campaign = sample_campaign();
  const auto back = campaign_from_json(campaign_json(campaign), "/elsewhere");
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->runs[1].run_dir, "/elsewhere/client-killed/level=naive");
}

RC_GTEST_PROP(VerdictJson, SurvivesDamage, ()) {
  std::string file = verdict_json(sample_campaign().runs[3]);
  const std::size_t at = *rc::gen::inRange<std::size_t>(0, file.size());
  if (*arbitrary<bool>()) {
    file.resize(at);
  } else {
    file[at] = *arbitrary<char>();
  }
  const auto back = verdict_from_json(file);
  if (!back) RC_ASSERT(!back.error().message.empty());
}

struct Bad {
  const char* text;
  const char* message;
};

TEST(VerdictJson, SaysWhatIsWrong) {
  const Bad table[] = {
      {"", "verdict.json is not JSON, or is cut off"},
      {"{", "verdict.json is not JSON, or is cut off"},
      {"[]", "verdict.json has no \"schema\""},
      {"{}", "verdict.json has no \"schema\""},
      {R"({"schema":2})", "verdict.json has schema 2; this stormproof reads 1"},
      {R"({"schema":"x"})", "verdict.json has schema \"x\"; this stormproof reads 1"},
      {R"({"schema":1,"seed":-1})", "verdict.json: verdict.seed is not a whole number from 0"},
      {R"({"schema":1,"scenario":3})", "verdict.json: verdict.scenario is not text"},
      {R"({"schema":1,"verdict":"good"})", "verdict.json: verdict.verdict is not pass, fail or unknown"},
      {R"({"schema":1,"outcome":"ok"})", "verdict.json: verdict.outcome is not completed, environment or interrupted"},
      {R"({"schema":1,"repeat":5000000000})", "verdict.json: verdict.repeat is not a number of 32 bits"},
      {R"({"schema":1,"duration":1e300})", "verdict.json: verdict.duration is not a number of seconds"},
      {R"({"schema":1,"as_expected":1})", "verdict.json: verdict.as_expected is not true or false"},
      {R"({"schema":1,"cell":[]})", "verdict.json: verdict.cell is not an object"},
      {R"({"schema":1,"cell":{"a":1}})", "verdict.json: verdict.cell is not an object of texts"},
      {R"({"schema":1,"counts":{"lost":-4}})", "verdict.json: verdict.counts is not made of whole numbers from 0"},
      {R"({"schema":1,"faults":{}})", "verdict.json: verdict.faults is not a list"},
      {R"({"schema":1,"faults":[7]})", "verdict.json: verdict.faults[0] is not an object"},
      {R"({"schema":1,"notes":[7]})", "verdict.json: verdict.notes[0] is not text"},
      {R"({"schema":1,"invariants":[{"anomalies":[{"seq":"x"}]}]})",
       "verdict.json: verdict.invariants[0].anomalies[0].seq is not a whole number"},
  };
  for (const Bad& row : table) {
    const auto back = verdict_from_json(row.text);
    ASSERT_FALSE(back.ok()) << row.text;
    EXPECT_EQ(back.error().message, row.message);
    EXPECT_EQ(back.error().code, ErrorCode::usage);
    EXPECT_FALSE(back.error().hint.empty());
  }
}

TEST(VerdictJson, DeepNestingDoesNotCrashIt) { EXPECT_FALSE(verdict_from_json(std::string(200'000, '[')).ok()); }

TEST(VerdictJson, KeysOfLaterVersionsAreIgnored) {
  const auto back = verdict_from_json(R"({"schema":1,"scenario":"a","weather":"stormy"})");
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->scenario, "a");
}

}  // namespace
}  // namespace stormproof
