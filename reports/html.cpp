#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <set>

#include "harness/base/text.h"
#include "harness/history/history_reader.h"
#include "reports/catalog.h"
#include "reports/html_assets.h"
#include "reports/log_excerpt.h"
#include "reports/timeline.h"
#include "reports/verdict_json.h"
#include "reports/words.h"

namespace stormproof {
namespace {

/// JSON inside <script>: "<" occurs in strings only, so a plain replacement keeps it JSON and no "</script>" or
/// "<!--" can end the block. U+2028 and U+2029 end a line in older JavaScript.
std::string safe_in_script(const std::string& json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string_view three = std::string_view(json).substr(i, 3);
    if (json[i] == '<') {
      out += "\\u003c";
    } else if (three == "\xE2\x80\xA8" || three == "\xE2\x80\xA9") {
      out += three.back() == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += json[i];
    }
  }
  return out;
}

std::string html_escape(std::string_view bytes) {
  std::string out;
  for (const char c : printable(bytes)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string timeline_json(const RunSummary& run) {
  TimelineBuilder timeline;
  if (run.run_dir.empty()) {
    timeline.set_trouble("this run has no run directory");
    return timeline.json();
  }
  const auto report = read_history(run.run_dir / "history.bin", [&](const EventView& event) { timeline.add(event); });
  timeline.set_trouble(report ? report->describe() : report.error().message);
  return timeline.json();
}

/// What to look for in the logs: the violated messages; their keys only when no message is known.
std::vector<std::string> violated_words(const RunSummary& run) {
  constexpr std::size_t kWordsMost = 30;
  std::set<std::string> ids, keys;
  for (const InvariantResult& invariant : run.invariants) {
    for (const Anomaly& anomaly : invariant.anomalies) {
      if (!anomaly.id.empty() && ids.size() < kWordsMost) ids.insert(anomaly.id);
      if (!anomaly.key.empty() && keys.size() < kWordsMost) keys.insert(anomaly.key);
    }
  }
  const std::set<std::string>& chosen = ids.empty() ? keys : ids;
  return {chosen.begin(), chosen.end()};
}

/// A verdict.json may come from anywhere; it must not make the page show files outside its run directory.
bool lies_below(const std::filesystem::path& relative) {
  return !relative.empty() && relative.is_relative() &&
         std::none_of(relative.begin(), relative.end(), [](const auto& part) { return part == ".."; });
}

std::string log_json(const std::string& process, const std::string& file, const LogExcerpt& excerpt) {
  std::string lines;
  for (const LogLine& line : excerpt.lines) {
    if (!lines.empty()) lines += ',';
    lines += fmt::format("[{},{}]", json_text(line.text), (line.hit ? 1 : 0) + (line.skip ? 2 : 0));
  }
  return fmt::format("{{\"process\":{},\"file\":{},\"size\":{},\"lines\":[{}]}}", json_text(process), json_text(file),
                     excerpt.size, lines);
}

std::string logs_json(const RunSummary& run, std::size_t lines_most) {
  std::string out;
  if (mark(run) == Verdict::pass || run.run_dir.empty()) return "[]";
  const std::vector<std::string> words = violated_words(run);
  for (const ProcessSummary& process : run.processes) {
    for (const std::string& file : {process.stdout_log, process.stderr_log}) {
      if (!lies_below(file)) continue;
      const auto excerpt = read_log_excerpt(run.run_dir / file, words, lines_most);
      if (!excerpt || excerpt->lines.empty()) continue;
      if (!out.empty()) out += ',';
      out += log_json(process.name, file, *excerpt);
    }
  }
  return "[" + out + "]";
}

/// The lines of the story `explore` wrote beside a run it found; none when there is no such file.
std::string story_json(const RunSummary& run) {
  constexpr std::size_t kLinesMost = 500;
  std::string lines;
  if (run.run_dir.empty()) return "[]";
  std::ifstream file(run.run_dir / "explain.md", std::ios::binary);
  std::size_t count = 0;
  for (std::string line; count < kLinesMost && std::getline(file, line); ++count) {
    if (count > 0) lines += ',';
    lines += json_text(line);
  }
  return "[" + lines + "]";
}

/// ,"stories":[...] with one list for each run, when there is any.
std::string stories_json(const CampaignSummary& campaign) {
  std::string stories;
  bool any = false;
  for (const RunSummary& run : campaign.runs) {
    const std::string story = story_json(run);
    any = any || story != "[]";
    if (!stories.empty()) stories += ',';
    stories += story;
  }
  return any ? ",\n\"stories\":[" + stories + "]" : "";
}

std::string page_data(const CampaignSummary& campaign) {
  std::size_t not_passed = 0;
  for (const RunSummary& run : campaign.runs) not_passed += mark(run) == Verdict::pass ? 0 : 1;
  // About 3 MB of log lines at 100 bytes and 6 files a run.
  const std::size_t lines_most = std::clamp<std::size_t>(5000 / std::max<std::size_t>(not_passed, 1), 16, 60);
  std::string timelines, logs;
  for (const RunSummary& run : campaign.runs) {
    if (!timelines.empty()) timelines += ",\n", logs += ",\n";
    timelines += timeline_json(run);
    logs += logs_json(run, lines_most);
  }
  return "{\"campaign\":" + campaign_json(campaign, JsonLayout::one_line) + ",\n\"timelines\":[" + timelines +
         "],\n\"logs\":[" + logs + "]" + stories_json(campaign) + "}";
}

std::string page_title(const CampaignSummary& campaign) {
  std::set<std::string> scenarios;
  for (const RunSummary& run : campaign.runs) scenarios.insert(run.scenario);
  if (scenarios.size() == 1) return *scenarios.begin() + " · stormproof";
  return fmt::format("{} scenarios · stormproof", scenarios.size());
}

Status write_html(const CampaignSummary& campaign, std::ostream& out) {
  std::string_view rest = html_assets::k_html;
  while (!rest.empty()) {
    const std::size_t open = rest.find("<!--{");
    out << rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find("}-->", open);
    STORMPROOF_ASSERT(close != std::string_view::npos, "page.html has a marker without end");
    const std::string_view name = rest.substr(open + 5, close - open - 5);
    if (name == "title") out << html_escape(page_title(campaign));
    if (name == "css") out << html_assets::k_css;
    if (name == "js") out << html_assets::k_js;
    if (name == "data") out << safe_in_script(page_data(campaign));
    rest.remove_prefix(close + 4);
  }
  return Status::success();
}

}  // namespace

constinit const ReportKind html_kind{
    {"html", "one self-contained page: matrix, timelines, anomalies, logs; opens offline"}, "report.html", write_html};

}  // namespace stormproof
