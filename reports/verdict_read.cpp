#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "reports/score.h"
#include "reports/verdict_json.h"

namespace stormproof {
namespace {

using Json = nlohmann::ordered_json;

/// Reads typed members of one object; the first mismatch is kept, later reads go on with defaults.
class Reader {
 public:
  Reader(const Json& object, std::string where, std::string& trouble)
      : object_(object), where_(std::move(where)), trouble_(trouble) {
    if (!object.is_object()) complain("is not an object");
  }

  void read(const char* key, std::string& out) {
    if (const Json* value = find(key)) {
      if (value->is_string()) {
        out = value->get_ref<const std::string&>();
      } else {
        complain(key, "text");
      }
    }
  }
  void read(const char* key, bool& out) {
    if (const Json* value = find(key)) {
      if (value->is_boolean()) {
        out = value->get<bool>();
      } else {
        complain(key, "true or false");
      }
    }
  }
  void read(const char* key, std::uint64_t& out) {
    if (const Json* value = find(key)) {
      if (value->is_number_unsigned()) {
        out = value->get<std::uint64_t>();
      } else {
        complain(key, "a whole number from 0");
      }
    }
  }
  void read(const char* key, std::int64_t& out) {
    const Json* value = find(key);
    if (value == nullptr || value->is_null()) return;
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() ||
                       value->get<std::uint64_t>() <= std::uint64_t{std::numeric_limits<std::int64_t>::max()});
    if (fits) {
      out = value->get<std::int64_t>();
    } else {
      complain(key, "a whole number");
    }
  }
  void read(const char* key, int& out) {
    std::int64_t wide = out;
    read(key, wide);
    if (wide < std::numeric_limits<int>::min() || wide > std::numeric_limits<int>::max()) {
      complain(key, "a number of 32 bits");
    } else {
      out = static_cast<int>(wide);
    }
  }
  void read(const char* key, double& out) {
    if (const Json* value = find(key)) {
      if (value->is_number()) {
        out = value->get<double>();
      } else {
        complain(key, "a number");
      }
    }
  }
  void read(const char* key, Nanos& out) {
    constexpr double kLongest = 9e9;  // seconds; keeps the product within 63 bits
    double seconds = std::chrono::duration<double>(out).count();
    read(key, seconds);
    if (!(std::abs(seconds) < kLongest)) {
      complain(key, "a number of seconds");
    } else {
      out = Nanos(std::llround(seconds * 1e9));
    }
  }
  void read(const char* key, std::optional<Nanos>& out) {
    const Json* value = find(key);
    if (value == nullptr || value->is_null()) return;
    Nanos t{};
    read(key, t);
    out = t;
  }
  void read(const char* key, Verdict& out) {
    std::string word(to_string(out));
    read(key, word);
    if (const auto verdict = verdict_from(word)) {
      out = *verdict;
    } else {
      complain(key, "pass, fail or unknown");
    }
  }
  void read(const char* key, std::vector<std::string>& out) {
    each(key, [&](const Json& item, const std::string& where) {
      if (item.is_string()) {
        out.push_back(item.get<std::string>());
      } else {
        note(where + " is not text");
      }
    });
  }
  template <class Item, class Read>
  void read_list(const char* key, std::vector<Item>& out, Read read_item) {
    each(key, [&](const Json& item, const std::string& where) {
      Reader reader(item, where, trouble_);
      if (item.is_object()) read_item(reader, out.emplace_back());
    });
  }
  const Json* find(const char* key) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  void complain(const char* key, std::string_view wanted) {
    note(where_ + "." + key + " is not " + std::string(wanted));
  }

 private:
  template <class Visit>
  void each(const char* key, Visit visit) {
    const Json* list = find(key);
    if (list == nullptr) return;
    if (!list->is_array()) return complain(key, "a list");
    std::size_t index = 0;
    for (const Json& item : *list) visit(item, where_ + "." + key + "[" + std::to_string(index++) + "]");
  }
  void complain(std::string_view what) { note(where_ + " " + std::string(what)); }
  void note(std::string sentence) {
    if (trouble_.empty()) trouble_ = std::move(sentence);
  }

  const Json& object_;
  std::string where_;
  std::string& trouble_;
};

void read_counts(Reader& in, Counts& out) {
  in.read("attempted", out.attempted);
  in.read("acked", out.acked);
  in.read("failed", out.failed);
  in.read("info", out.info);
  in.read("effects", out.effects);
  in.read("recovered", out.recovered);
  in.read("lost", out.lost);
  in.read("duplicate", out.duplicate);
  in.read("phantom", out.phantom);
  in.read("aborted_read", out.aborted_read);
  in.read("corrupt", out.corrupt);
  in.read("reordered", out.reordered);
  in.read("gap", out.gap);
}

void read_anomaly(Reader& in, Anomaly& out) {
  in.read("kind", out.kind);
  in.read("id", out.id);
  in.read("key", out.key);
  in.read("seq", out.seq);
  in.read("t", out.t);
  in.read("process", out.process);
  in.read("fault", out.fault);
  in.read("detail", out.detail);
}

void read_invariant(Reader& in, InvariantResult& out) {
  in.read("name", out.name);
  in.read("verdict", out.verdict);
  in.read("anomalies_total", out.anomalies_total);
  in.read("unknown_because", out.unknown_because);
  in.read_list("anomalies", out.anomalies, read_anomaly);
}

void read_fault(Reader& in, FaultSummary& out) {
  in.read("name", out.name);
  in.read("kind", out.kind);
  in.read("on", out.on);
  in.read("when", out.when);
  in.read("armed", out.armed);
  in.read("fired", out.fired);
  in.read("hits", out.hits);
  in.read("injected_at", out.injected_at);
  in.read("healed_at", out.healed_at);
  in.read("recovery", out.recovery);
}

void read_process(Reader& in, ProcessSummary& out) {
  in.read("name", out.name);
  in.read("restarts", out.restarts);
  in.read("last_state", out.last_state);
  in.read("limits_by", out.limits_by);
  in.read("unasked_exit", out.unasked_exit);
  in.read("stdout_log", out.stdout_log);
  in.read("stderr_log", out.stderr_log);
}

void read_link(Reader& in, LinkSummary& out) {
  in.read("name", out.name);
  in.read("connections", out.connections);
  in.read("upstream_bytes", out.upstream_bytes);
  in.read("downstream_bytes", out.downstream_bytes);
}

void read_outcome(Reader& in, RunOutcome& out) {
  std::string word = "completed";
  in.read("outcome", word);
  if (word == "completed") {
    out = RunOutcome::completed;
  } else if (word == "environment") {
    out = RunOutcome::environment;
  } else if (word == "interrupted") {
    out = RunOutcome::interrupted;
  } else {
    in.complain("outcome", "completed, environment or interrupted");
  }
}

void read_cell(Reader& in, Cell& out) {
  const Json* cell = in.find("cell");
  if (cell == nullptr) return;
  if (!cell->is_object()) return in.complain("cell", "an object");
  for (const auto& [key, value] : cell->items()) {
    if (!value.is_string()) return in.complain("cell", "an object of texts");
    out.emplace_back(key, value.get<std::string>());
  }
}

void read_run(Reader& in, RunSummary& out) {
  in.read("scenario", out.scenario);
  in.read("scenario_file", out.scenario_file);
  in.read("description", out.description);
  read_cell(in, out.cell);
  in.read("seed", out.seed);
  in.read("repeat", out.repeat);
  read_outcome(in, out.outcome);
  in.read("trouble", out.trouble);
  in.read("hint", out.hint);
  in.read("verdict", out.verdict);
  if (const Json* expected = in.find("expected"); expected != nullptr && !expected->is_null()) {
    in.read("expected", out.expected.emplace());
  }
  in.read("expected_anomalies", out.expected_anomalies);
  in.read("as_expected", out.as_expected);
  in.read("expect_detail", out.expect_detail);
  in.read("reproduce", out.reproduce);
  if (const Json* counts = in.find("counts")) {
    std::string trouble;
    Reader reader(*counts, "counts", trouble);
    read_counts(reader, out.counts);
    if (!trouble.empty()) in.complain("counts", "made of whole numbers from 0");
  }
  in.read_list("invariants", out.invariants, read_invariant);
  in.read_list("faults", out.faults, read_fault);
  in.read_list("processes", out.processes, read_process);
  in.read_list("links", out.links, read_link);
  in.read("unknown_because", out.unknown_because);
  in.read("notes", out.notes);
  in.read("duration", out.duration);
}

/// What both files share: JSON at all, an object, of a schema this program knows.
Result<Json> parse_schema_1(std::string_view text, const char* what) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) {
    return usage_error(std::string(what) + " is not JSON, or is cut off", "run the scenario again to write it anew");
  }
  const auto schema = value.is_object() ? value.find("schema") : value.end();
  if (!value.is_object() || schema == value.end()) {
    return usage_error(std::string(what) + " has no \"schema\"", "give a file that stormproof wrote");
  }
  if (!schema->is_number_unsigned() || schema->get<std::uint64_t>() != 1) {
    return usage_error(std::string(what) + " has schema " + schema->dump(-1, ' ', true) + "; this stormproof reads 1",
                       "use the stormproof that wrote it");
  }
  return value;
}

}  // namespace

Result<RunSummary> verdict_from_json(std::string_view text) {
  auto value = parse_schema_1(text, "verdict.json");
  if (!value) return value.error();
  std::string trouble;
  RunSummary run;
  Reader reader(*value, "verdict", trouble);
  read_run(reader, run);
  if (!trouble.empty()) return usage_error("verdict.json: " + trouble, "give a file that stormproof wrote");
  return run;
}

Result<CampaignSummary> campaign_from_json(std::string_view text, const std::filesystem::path& directory) {
  auto value = parse_schema_1(text, "report.json");
  if (!value) return value.error();
  std::string trouble;
  CampaignSummary campaign;
  campaign.directory = directory;
  Reader reader(*value, "report", trouble);
  reader.read("version", campaign.version);
  reader.read("command_line", campaign.command_line);
  reader.read("started_at", campaign.started_at);
  reader.read("duration", campaign.duration);
  reader.read_list("runs", campaign.runs, [&](Reader& in, RunSummary& run) {
    read_run(in, run);
    std::string run_dir;
    in.read("run_dir", run_dir);
    if (!run_dir.empty()) run.run_dir = directory / run_dir;
  });
  if (const Json* score = reader.find("score")) {
    auto cells = score_from_json(score->dump());
    if (!cells) return usage_error("report.json: " + cells.error().message, "give a file that stormproof wrote");
    campaign.score = std::move(cells).value();
  }
  if (!trouble.empty()) return usage_error("report.json: " + trouble, "give a file that stormproof wrote");
  return campaign;
}

}  // namespace stormproof
