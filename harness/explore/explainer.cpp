#include "harness/explore/explainer.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/history/history_reader.h"

namespace stormproof {

namespace {

constexpr std::size_t kStoryMost = 60;
constexpr std::size_t kLogLinesMost = 8;

struct Moment {
  Nanos t{};
  std::string what, who, detail;
};

const Anomaly* first_anomaly(const RunSummary& run, const std::string& kind) {
  for (const InvariantResult& invariant : run.invariants) {
    for (const Anomaly& anomaly : invariant.anomalies) {
      if (anomaly.kind == kind) return &anomaly;
    }
  }
  return nullptr;
}

std::string cell_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// The events that concern the message or the whole run, in words.
class Story {
 public:
  explicit Story(const Anomaly& anomaly) : anomaly_(anomaly) {}

  void add(const EventView& event) {
    if (const std::string what = words(event); !what.empty()) {
      moments_.push_back({event.t, what, std::string(event.by), std::string(event.detail)});
    }
  }

  std::string markdown() const {
    std::string out = "| time | what | who | detail |\n|---|---|---|---|\n";
    const std::size_t shown = std::min(moments_.size(), kStoryMost);
    for (std::size_t i = 0; i < shown; ++i) {
      const Moment& m = moments_[i];
      out += fmt::format("| {:.3f}s | {} | {} | {} |\n", std::chrono::duration<double>(m.t).count(), m.what,
                         cell_text(m.who), cell_text(m.detail));
    }
    if (moments_.size() > shown) out += fmt::format("\n… and {} more.\n", moments_.size() - shown);
    return out;
  }

 private:
  std::string words(const EventView& event) {
    const bool ours = !anomaly_.id.empty() && event.id == anomaly_.id;
    switch (event.type) {
      case EventType::invoke: return ours ? "**sent**" : "";
      case EventType::ok: return ours ? "**acknowledged**" : "";
      case EventType::fail: return ours ? "**refused**" : "";
      case EventType::info: return ours ? "**outcome unknown**" : "";
      case EventType::effect: return ours ? (stored_++ == 0 ? "**stored**" : "**stored again**") : "";
      case EventType::inject: return "fault strikes";
      case EventType::heal: return "fault heals";
      case EventType::process: return "process " + std::string(event.id);
      case EventType::phase: return event.by == "drive" || event.by == "heal" ? "phase" : "";
      default: return "";
    }
  }

  const Anomaly& anomaly_;
  std::vector<Moment> moments_;
  int stored_ = 0;
};

/// Lines that name the message; logs carry no times of ours.
std::string log_lines(const RunSummary& run, const std::string& id) {
  std::string out;
  for (const ProcessSummary& process : run.processes) {
    for (const std::string& log : {process.stdout_log, process.stderr_log}) {
      if (log.empty() || id.empty()) continue;
      std::ifstream in(run.run_dir / log, std::ios::binary);
      std::size_t shown = 0;
      for (std::string line; shown < kLogLinesMost && std::getline(in, line);) {
        if (line.find(id) == std::string::npos) continue;
        out += fmt::format("{}: {}\n", process.name, printable(line));
        ++shown;
      }
    }
  }
  return out;
}

std::string side_by_side(const Schedule& original, const Schedule& minimal) {
  std::string out = "| original | minimal |\n|---|---|\n";
  for (const FaultSpec& fault : original.faults) {
    const auto left = std::find_if(minimal.faults.begin(), minimal.faults.end(),
                                   [&](const FaultSpec& other) { return other.name == fault.name; });
    out += fmt::format("| {} | {} |\n", cell_text(fault.name + ": " + describe_fault(fault)),
                       left == minimal.faults.end() ? "–" : cell_text(describe_fault(*left)));
  }
  if (minimal.messages > 0 && minimal.messages != original.messages) {
    out += fmt::format("| {} | {} messages |\n",
                       original.messages > 0 ? fmt::format("{} messages", original.messages) : "all messages",
                       minimal.messages);
  }
  return out;
}

}  // namespace

std::string summary_line(const Finding& finding) {
  const ShrinkResult& shrunk = finding.shrunk;
  const std::size_t all = finding.trial.schedule.faults.size();
  std::string out = fmt::format("{} of {} fault{}", shrunk.schedule.faults.size(), all, all == 1 ? "" : "s");
  if (shrunk.runs > 0) out += fmt::format(", reproduces {}/{}", shrunk.failures, shrunk.runs);
  return out;
}

std::string explain_markdown(const Finding& finding, std::span<const FaultKindInfo* const> kinds) {
  const RunSummary& run = finding.minimal_run ? *finding.minimal_run : finding.run;
  std::string out = fmt::format("# {}: {}\n\n{}.\n\n", run.scenario, finding.anomaly, summary_line(finding));
  for (const FaultSpec& fault : finding.shrunk.schedule.faults) {
    for (const FaultKindInfo* kind : kinds) {
      if (kind->name == fault.kind) out += fmt::format("- `{}`: {}\n", describe_fault(fault), kind->summary);
    }
  }
  out += "\n## The schedule\n\n" + side_by_side(finding.trial.schedule, finding.shrunk.schedule);
  const Anomaly* anomaly = first_anomaly(run, finding.anomaly);
  if (anomaly == nullptr) return out;
  const std::string message = anomaly->id.empty() ? "the run" : fmt::format("message `{}`", cell_text(anomaly->id));
  out += fmt::format("\n## What happened to {}\n\n{}.\n\n", message, cell_text(anomaly->detail));
  Story story(*anomaly);
  const auto read = read_history(run.run_dir / "history.bin", [&](const EventView& event) { story.add(event); });
  out += read ? story.markdown() : read.error().message + "\n";
  if (const std::string lines = log_lines(run, anomaly->id); !lines.empty()) {
    out += "\n## What the logs say of it\n\n```\n" + lines + "```\n";
  }
  return out;
}

}  // namespace stormproof
