#include "reports/verdict_json.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "harness/base/text.h"
#include "reports/score.h"
#include "reports/words.h"

namespace stormproof {
namespace {

using Json = nlohmann::ordered_json;

Json seconds(Nanos t) { return std::chrono::duration<double>(t).count(); }
Json seconds(const std::optional<Nanos>& t) { return t ? seconds(*t) : Json(nullptr); }
Json text(std::string_view bytes) { return valid_utf8(bytes); }

Json texts(const std::vector<std::string>& values) {
  Json list = Json::array();
  for (const std::string& value : values) list.push_back(text(value));
  return list;
}

std::string_view to_word(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::completed: return "completed";
    case RunOutcome::environment: return "environment";
    case RunOutcome::interrupted: return "interrupted";
  }
  return "completed";
}

Json counts_value(const Counts& counts) {
  return {
      {"attempted", counts.attempted}, {"acked", counts.acked},
      {"failed", counts.failed},       {"info", counts.info},
      {"effects", counts.effects},     {"recovered", counts.recovered},
      {"lost", counts.lost},           {"duplicate", counts.duplicate},
      {"phantom", counts.phantom},     {"gap", counts.gap},
      {"corrupt", counts.corrupt},     {"aborted_read", counts.aborted_read},
      {"reordered", counts.reordered},
  };
}

Json anomaly_value(const Anomaly& anomaly) {
  return {
      {"kind", text(anomaly.kind)},   {"id", text(anomaly.id)},
      {"key", text(anomaly.key)},     {"seq", anomaly.seq == EventView::kNoSeq ? Json(nullptr) : Json(anomaly.seq)},
      {"t", seconds(anomaly.t)},      {"process", text(anomaly.process)},
      {"fault", text(anomaly.fault)}, {"detail", text(anomaly.detail)},
  };
}

Json invariants_value(const std::vector<InvariantResult>& invariants) {
  Json list = Json::array();
  for (const InvariantResult& invariant : invariants) {
    Json anomalies = Json::array();
    for (const Anomaly& anomaly : invariant.anomalies) anomalies.push_back(anomaly_value(anomaly));
    list.push_back({{"name", text(invariant.name)},
                    {"verdict", to_string(invariant.verdict)},
                    {"anomalies", std::move(anomalies)},
                    {"anomalies_total", invariant.anomalies_total},
                    {"unknown_because", text(invariant.unknown_because)}});
  }
  return list;
}

Json faults_value(const std::vector<FaultSummary>& faults) {
  Json list = Json::array();
  for (const FaultSummary& fault : faults) {
    list.push_back({{"name", text(fault.name)},
                    {"kind", text(fault.kind)},
                    {"on", text(fault.on)},
                    {"when", text(fault.when)},
                    {"armed", fault.armed},
                    {"fired", fault.fired},
                    {"hits", fault.hits},
                    {"injected_at", seconds(fault.injected_at)},
                    {"healed_at", seconds(fault.healed_at)},
                    {"recovery", seconds(fault.recovery)}});
  }
  return list;
}

Json processes_value(const std::vector<ProcessSummary>& processes) {
  Json list = Json::array();
  for (const ProcessSummary& process : processes) {
    list.push_back({{"name", text(process.name)},
                    {"restarts", process.restarts},
                    {"last_state", text(process.last_state)},
                    {"limits_by", text(process.limits_by)},
                    {"unasked_exit", process.unasked_exit},
                    {"stdout_log", text(process.stdout_log)},
                    {"stderr_log", text(process.stderr_log)}});
  }
  return list;
}

Json links_value(const std::vector<LinkSummary>& links) {
  Json list = Json::array();
  for (const LinkSummary& link : links) {
    list.push_back({{"name", text(link.name)},
                    {"connections", link.connections},
                    {"upstream_bytes", link.upstream_bytes},
                    {"downstream_bytes", link.downstream_bytes}});
  }
  return list;
}

Json run_value(const RunSummary& run) {
  Json cell = Json::object();
  for (const auto& [key, value] : run.cell) cell[valid_utf8(key)] = text(value);
  return {
      {"schema", 1},
      {"scenario", text(run.scenario)},
      {"scenario_file", text(run.scenario_file)},
      {"description", text(run.description)},
      {"cell", std::move(cell)},
      {"seed", run.seed},
      {"repeat", run.repeat},
      {"outcome", to_word(run.outcome)},
      {"trouble", text(run.trouble)},
      {"hint", text(run.hint)},
      {"verdict", to_string(run.verdict)},
      {"expected", run.expected ? Json(to_string(*run.expected)) : Json(nullptr)},
      {"expected_anomalies", texts(run.expected_anomalies)},
      {"as_expected", run.as_expected},
      {"expect_detail", text(run.expect_detail)},
      {"effective", to_string(run.effective())},
      {"reproduce", text(run.reproduce)},
      {"counts", counts_value(run.counts)},
      {"invariants", invariants_value(run.invariants)},
      {"faults", faults_value(run.faults)},
      {"processes", processes_value(run.processes)},
      {"links", links_value(run.links)},
      {"unknown_because", texts(run.unknown_because)},
      {"notes", texts(run.notes)},
      {"duration", seconds(run.duration)},
  };
}

std::string relative_to(const std::filesystem::path& directory, const std::filesystem::path& path) {
  const std::filesystem::path relative = path.lexically_relative(directory);
  if (relative.empty() || *relative.begin() == "..") return path.string();
  return relative.string();
}

std::string print(const Json& value, JsonLayout layout) {
  return layout == JsonLayout::one_line ? value.dump() : value.dump(2) + "\n";
}

}  // namespace

std::string verdict_json(const RunSummary& run, JsonLayout layout) { return print(run_value(run), layout); }

std::string campaign_json(const CampaignSummary& campaign, JsonLayout layout) {
  Json runs = Json::array();
  for (const RunSummary& run : campaign.runs) {
    Json value = run_value(run);
    value["run_dir"] = text(relative_to(campaign.directory, run.run_dir));
    runs.push_back(std::move(value));
  }
  Json value = {{"schema", 1},
                {"version", text(campaign.version)},
                {"command_line", text(campaign.command_line)},
                {"started_at", campaign.started_at},
                {"duration", seconds(campaign.duration)},
                {"runs", std::move(runs)}};
  if (!campaign.score.empty()) value["score"] = Json::parse(score_json(campaign.score));
  return print(value, layout);
}

std::string run_event_json(const RunSummary& run) {
  Json value = {{"event", "run"}};
  value.update(run_value(run));
  value["run_dir"] = text(run.run_dir.string());
  return value.dump();
}

std::string campaign_event_json(const CampaignSummary& campaign) {
  const Tally result = tally(campaign);
  return Json{{"event", "campaign"},
              {"schema", 1},
              {"runs", result.total},
              {"pass", result.pass},
              {"fail", result.fail},
              {"unknown", result.unknown},
              {"not_run", result.not_run},
              {"failed_as_expected", result.expected_failures},
              {"duration", seconds(campaign.duration)},
              {"directory", text(campaign.directory.string())}}
      .dump();
}

}  // namespace stormproof
