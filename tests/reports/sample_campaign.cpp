#include "tests/reports/sample_campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <vector>

#include "harness/base/rng.h"
#include "harness/history/history_writer.h"
#include "tests/support/fake_clock.h"

namespace stormproof {
namespace {

using std::chrono::milliseconds;

Nanos at(double seconds) { return Nanos(std::llround(seconds * 1e9)); }

Anomaly lost(int record, double t) {
  Anomaly anomaly;
  anomaly.kind = "lost";
  anomaly.id = fmt::format("r-{:06}", record);
  anomaly.key = fmt::format("s-{}", record % 4);
  anomaly.seq = record / 4 + 1;
  anomaly.t = at(t);
  anomaly.process = "client/0";
  anomaly.fault = "kill (healed 12ms before)";
  anomaly.detail = "acknowledged at 52ms, never took effect";
  return anomaly;
}

RunSummary base_run(const std::string& scenario, const std::string& level) {
  RunSummary run;
  run.scenario = scenario;
  run.scenario_file = "scenarios/stream/" + scenario + ".toml";
  run.description = "A client replica is killed mid-stream; its peer must finish the stream.";
  if (!level.empty()) run.cell = {{"level", level}};
  run.seed = 4711;
  run.verdict = Verdict::pass;
  run.counts.attempted = run.counts.acked = run.counts.effects = 2000;
  run.faults = {{"kill", "kill", "client/0", "effects = 500", true, true, 1, at(0.412), at(0.613), at(0.052)}};
  run.processes = {
      {"client/0", 1, "stopped by harness", "", false, "targets/client-0/stdout.log", "targets/client-0/stderr.log"},
      {"client/1", 0, "stopped by harness", "", false, "targets/client-1/stdout.log", "targets/client-1/stderr.log"},
      {"server/0", 0, "stopped by harness", "cgroup v1", false, "targets/server-0/stdout.log", ""}};
  run.links = {{"feed", 3, 18'204, 1'482'113}};
  run.duration = at(1.234567891);
  run.reproduce = "stormproof replay out/" + scenario + (level.empty() ? "" : "/level=" + level);
  return run;
}

void make_lossy(RunSummary& run) {
  run.verdict = Verdict::fail;
  run.counts.effects = 1893;
  run.counts.lost = 107;
  InvariantResult result;
  result.name = "exactly_once";
  result.verdict = Verdict::fail;
  for (int i = 0; i < 8; ++i) result.anomalies.push_back(lost(500 + i, 1.2));
  result.anomalies_total = 107;
  run.invariants = {result, {"in_order", Verdict::pass, {}, 0, ""}};
}

}  // namespace

CampaignSummary sample_campaign() {
  CampaignSummary campaign;
  campaign.started_at = 1'790'000'000;
  campaign.duration = at(9.5);
  campaign.command_line = "stormproof run scenarios/stream/*.toml";
  campaign.version = "0.1.0";
  campaign.directory = "out";

  RunSummary pass = base_run("client-killed", "recoverable");
  pass.invariants = {{"exactly_once", Verdict::pass, {}, 0, ""}};

  RunSummary meant = base_run("client-killed", "naive");
  make_lossy(meant);
  meant.expected = Verdict::fail;
  meant.expected_anomalies = {"lost"};

  RunSummary unexpected = base_run("client-killed", "resumable");
  make_lossy(unexpected);
  unexpected.expected = Verdict::pass;
  unexpected.as_expected = false;
  unexpected.expect_detail = "expected pass, got fail (lost)";

  RunSummary hostile = base_run("no-fault", "naive");
  hostile.verdict = Verdict::fail;
  hostile.counts.duplicate = 1;
  Anomaly twice = lost(7, 0.9);
  twice.kind = "duplicate";
  twice.id = "</script><script>alert(1)</script>|`x`\x1b[31m\xff\u2028&\"'";
  twice.detail = "took effect twice, the second time <b>0.1s</b> later";
  hostile.invariants = {{"no_duplicates", Verdict::fail, {twice}, 1, ""}};
  hostile.faults.clear();

  RunSummary unknown = base_run("no-fault", "recoverable");
  unknown.verdict = Verdict::unknown;
  unknown.faults[0].fired = false;
  unknown.faults[0].hits = 0;
  unknown.faults[0].injected_at = unknown.faults[0].healed_at = unknown.faults[0].recovery = std::nullopt;
  unknown.unknown_because = {"fault kill on client/0 never fired: effects = 500 was not reached"};
  unknown.invariants = {{"recovery", Verdict::unknown, {}, 0, "no fault was healed"}};

  RunSummary not_run = base_run("own-service", "");
  not_run.outcome = RunOutcome::environment;
  not_run.verdict = Verdict::unknown;
  not_run.trouble =
      "target server/0 never became ready within 10s: no connection to port grpc\nthe last lines it printed:\n    "
      "loading *.jsonl";
  not_run.hint = "read targets/server-0/stderr.log";
  not_run.counts = {};
  not_run.faults.clear();
  not_run.links.clear();

  campaign.runs = {pass, meant, unexpected, hostile, unknown, not_run};
  for (RunSummary& run : campaign.runs) {
    run.run_dir = campaign.directory / run.scenario;
    if (!run.cell.empty()) run.run_dir /= cell_name(run.cell);
  }
  return campaign;
}

namespace {

/// A plausible run, event by event: a server, two clients, one link, one or two faults.
class Simulation {
 public:
  Simulation(RunSummary& run, int records, Rng rng) : run_(run), records_(records), rng_(rng) {}

  void play(bool process_fault, bool link_fault, bool push) {
    phases();
    process("server/0", 0.02, 0.06);
    process("client/0", 0.07, 0.12);
    process("client/1", 0.07, 0.13);
    if (process_fault) kill();
    if (link_fault) slow_link();
    messages(push, process_fault, link_fault);
    write();
    logs();
  }

 private:
  void put(double t, EventType type, std::string by, std::string id = "", std::string key = "",
           std::int64_t seq = EventView::kNoSeq, std::string detail = "") {
    Event event;
    event.t = at(t);
    event.type = type;
    event.by = std::move(by);
    event.id = std::move(id);
    event.key = std::move(key);
    event.seq = seq;
    event.detail = std::move(detail);
    events_.push_back(std::move(event));
  }
  void phases() {
    const std::pair<double, const char*> list[] = {
        {0, "setup"}, {kDrive, "drive"}, {kHeal, "heal"}, {2.9, "drain"}, {3.1, "check"}};
    for (const auto& [t, name] : list) put(t, EventType::phase, name);
  }
  void process(const std::string& name, double started, double ready) {
    put(started, EventType::process, name, "started", "", EventView::kNoSeq, "start=1 pid=123");
    put(ready, EventType::process, name, "ready");
    put(2.95, EventType::process, name, "stopping");
    put(3.02, EventType::process, name, "exited", "asked", 0, "Completed");
  }
  void kill() {
    const std::string victim = "client/0";
    put(kFault, EventType::inject, "kill", "kill", victim);
    put(kFault + 0.001, EventType::process, victim, "exited", "asked", 137, "Error signal=9");
    put(kFault + 0.001, EventType::bite, "kill", "", "", 1, "death confirmed");
    put(kFault + 0.005, EventType::process, victim, "backoff", "", EventView::kNoSeq, "100ms");
    put(kFault + 0.2, EventType::heal, "kill", "kill", victim);
    put(kFault + 0.21, EventType::process, victim, "started", "", EventView::kNoSeq, "start=2 pid=129");
    put(kFault + 0.26, EventType::process, victim, "ready");
  }
  void slow_link() {
    put(1.5, EventType::inject, "latency", "latency", "link feed");
    put(2.2, EventType::heal, "latency", "latency", "link feed");
    put(2.2, EventType::bite, "latency", "", "", 214, "chunks held");
  }
  void messages(bool push, bool process_fault, bool link_fault) {
    const bool lossy = mark() == Verdict::fail;
    double t = kDrive;
    for (int i = 0; i < records_; ++i) {
      const std::string id = fmt::format("r-{:06}", i);
      const std::string key = fmt::format("s-{}", i % 4);
      const std::int64_t seq = i / 4 + 1;
      const bool slow = link_fault && t > 1.5 && t < 2.2;
      t += (kHeal - 0.3 - kDrive) / records_ * (0.4 + 1.2 * rng_.unit()) * (slow ? 1.6 : 1);
      const double sent = push ? t : 0.01 + 1e-6 * i;
      put(sent, EventType::invoke, "source", id, key, seq);
      put(push ? sent + 0.001 : sent, EventType::ok, "source", id, key, seq);
      const bool hole = process_fault && t > kFault && t < kFault + 0.05;
      if (lossy && hole) {
        lost_.push_back({i, 3.0});
        continue;
      }
      const double lag = 0.0008 + 0.003 * std::pow(rng_.unit(), 6) + (slow ? 0.05 + 0.02 * rng_.unit() : 0) +
                         (hole ? kFault + 0.27 - t + 0.01 * rng_.unit() : 0);
      const bool survivor = process_fault && t > kFault && t < kFault + 0.26;
      put(std::min(t + lag, 2.89), EventType::effect, i % 2 == 0 && !survivor ? "client/0" : "client/1", id, key, seq);
    }
  }
  Verdict mark() const { return run_.verdict; }
  void write() {
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.t < b.t; });
    std::filesystem::create_directories(run_.run_dir);
    FakeClock clock;
    auto writer = HistoryWriter::create(run_.run_dir / "history.bin", clock);
    STORMPROOF_ASSERT(writer.ok(), "cannot write a history for the test");
    for (const Event& event : events_) {
      clock.set(event.t);
      (*writer)->record(event.view());
    }
    const Status closed = (*writer)->close();
    STORMPROOF_ASSERT(closed.ok(), "cannot close a history of the test");
    for (InvariantResult& result : run_.invariants) {
      if (result.verdict != Verdict::fail) continue;
      result.anomalies.clear();
      for (const auto& [record, t] : lost_) {
        if (result.anomalies.size() < InvariantResult::kAnomaliesKept) result.anomalies.push_back(lost(record, t));
      }
      result.anomalies_total = lost_.size();
      run_.counts.lost = lost_.size();
      run_.counts.effects = static_cast<std::uint64_t>(records_) - lost_.size();
    }
    run_.duration = at(3.13);
  }
  void logs() {
    for (const ProcessSummary& process : run_.processes) {
      const std::filesystem::path file = run_.run_dir / process.stdout_log;
      std::filesystem::create_directories(file.parent_path());
      std::ofstream out(file);
      for (int i = 0; i < records_; i += 20) out << fmt::format("level=info stored r-{:06} stream=s-{}\n", i, i % 4);
      for (const auto& [record, t] : lost_) {
        if (record % 3 == 0) out << fmt::format("level=warn stream broke, giving up after r-{:06}\n", record);
      }
      out << "level=info bye\n";
    }
  }

  static constexpr double kDrive = 0.15, kFault = 0.9, kHeal = 2.6;
  RunSummary& run_;
  int records_;
  Rng rng_;
  std::vector<Event> events_;
  std::vector<std::pair<int, double>> lost_;
};

}  // namespace

CampaignSummary library_campaign(const std::filesystem::path& directory, int records) {
  struct Row {
    const char* name;
    const char* description;
    bool process_fault, link_fault;
    int sound_from;  ///< first level that survives
  };
  const Row rows[] = {
      {"no-fault", "Nothing breaks: every level must deliver exactly once.", false, false, 0},
      {"bad-record", "A record whose digest does not match; the rest of its stream must continue.", false, false, 1},
      {"poison-server", "Reading one record throws on the server.", false, false, 1},
      {"poison-client", "Handling one record throws on the client.", false, false, 1},
      {"server-killed", "The server is SIGKILLed mid-stream; clients resume.", true, false, 2},
      {"server-crash-loop", "The server dies again and again while it starts.", true, false, 2},
      {"link-cut", "The connection is reset; the stream resumes where it stopped.", true, true, 2},
      {"link-slow", "50 ms of latency with jitter: slow, but nothing may get lost.", false, true, 0},
      {"client-terminated", "SIGTERM: in-flight streams are handed over before the client leaves.", true, false, 3},
      {"client-short-grace", "SIGTERM with too short a grace ends in SIGKILL.", true, false, 4},
      {"client-killed", "A client replica is SIGKILLed mid-stream; its peer must finish the stream.", true, false, 4},
      {"client-oom", "The kernel's OOM killer strikes a client replica.", true, false, 4},
      {"two-faults", "A kill while the link is slow.", true, true, 4},
  };
  const char* const levels[] = {"naive", "tolerant", "resumable", "graceful", "recoverable"};
  CampaignSummary campaign;
  campaign.started_at = 1'790'000'000;
  campaign.duration = at(61.8);
  campaign.command_line = "stormproof run scenarios/stream/*.toml --out out";
  campaign.version = "0.1.0";
  campaign.directory = directory;
  for (const Row& row : rows) {
    for (int level = 0; level < 5; ++level) {
      RunSummary run = base_run(row.name, levels[level]);
      run.description = row.description;
      run.run_dir = directory / row.name / cell_name(run.cell);
      const bool survives = level >= row.sound_from;
      run.expected = survives ? Verdict::pass : Verdict::fail;
      run.counts.attempted = run.counts.acked = run.counts.effects = static_cast<std::uint64_t>(records);
      if (!survives) make_lossy(run);
      if (survives) {
        run.invariants = {{"exactly_once", Verdict::pass, {}, 0, ""}, {"in_order", Verdict::pass, {}, 0, ""}};
      }
      if (!survives) run.expected_anomalies = {"lost"};
      if (std::string_view(row.name) == "two-faults" && level == 4) {
        make_lossy(run);
        run.as_expected = false;
        run.expect_detail = "expected pass, got fail (lost)";
      }
      const bool unlucky = std::string_view(row.name) == "link-slow" && level == 2;
      if (unlucky) {
        run.verdict = Verdict::unknown;
        run.as_expected = false;
        run.expect_detail = "expected pass, got unknown";
        run.unknown_because = {
            "fault latency on link feed fired but never acted: no bytes flowed while it was in force"};
      }
      run.faults.clear();
      if (row.process_fault) {
        run.faults.push_back({"kill", "kill", "client/0", "effects = 500", true, true, 1, at(0.9), at(1.1), at(0.052)});
      }
      if (row.link_fault) {
        run.faults.push_back({"latency", "latency", "link feed", "at = 1.5s", true, true, unlucky ? 0U : 214U, at(1.5),
                              at(2.2), at(0.003)});
      }
      const bool push = std::string_view(row.name).starts_with("link") || std::string_view(row.name) == "two-faults";
      Simulation(run, records, Rng(hash64(row.name + run.cell[0].second)))
          .play(row.process_fault || run.verdict == Verdict::fail, row.link_fault, push);
      campaign.runs.push_back(std::move(run));
    }
  }
  return campaign;
}

}  // namespace stormproof
