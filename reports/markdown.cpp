#include <fmt/format.h>

#include <ostream>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "reports/catalog.h"
#include "reports/matrix.h"
#include "reports/score.h"
#include "reports/words.h"

namespace stormproof {
namespace {

/// Text inside a Markdown paragraph or table cell: nothing in it may become markup, break a table or mention someone.
std::string escape(std::string_view bytes) {
  std::string out;
  for (const char c : printable(bytes)) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '@') {
      out += "&#64;";
    } else {
      if (std::string_view("\\`*_{}[]#|~!").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

/// A code span that holds any text: the fence is longer than any run of back-ticks inside.
std::string code(std::string_view bytes) {
  const std::string clean = printable(bytes);
  std::size_t longest = 0, run = 0;
  for (const char c : clean) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return longest == 0 ? fence + clean + fence : fence + " " + clean + " " + fence;
}

std::string entry_text(const MatrixEntry& entry) {
  if (entry.runs.empty()) return "–";
  std::string text = fmt::format("{}", symbol(entry.mark));
  if (entry.mixed) {
    std::size_t alike = 0;
    for (const RunSummary* run : entry.runs) alike += mark(*run) == entry.mark ? 1 : 0;
    text += fmt::format(" {}/{}", alike, entry.runs.size());
  }
  for (const RunSummary* run : entry.runs) {
    if (mark(*run) != entry.mark) continue;
    const std::string anomalies = anomaly_words(*run);
    if (!anomalies.empty()) text += " " + escape(anomalies);
    break;
  }
  return entry.trouble ? "**" + text + "** ⚠" : text;
}

void write_matrix(const Matrix& matrix, std::ostream& out) {
  out << "| " << (matrix.axes.empty() ? "scenario" : "scenario \\\\ " + escape(join(matrix.axes, ", "))) << " |";
  for (const std::string& column : matrix.columns) out << ' ' << escape(column) << " |";
  out << "\n|---|";
  for (std::size_t i = 0; i < matrix.columns.size(); ++i) out << ":---:|";
  out << '\n';
  for (const MatrixRow& row : matrix.rows) {
    out << "| " << escape(row.scenario) << " |";
    for (const MatrixEntry& entry : row.entries) out << ' ' << entry_text(entry) << " |";
    out << '\n';
  }
  out << '\n';
}

void write_run(const RunSummary& run, std::ostream& out) {
  constexpr std::size_t kAnomaliesShown = 5;
  out << "### " << symbol(mark(run)) << ' ' << escape(run_title(run)) << "\n\n";
  out << "**" << escape(status_words(run)) << "** · " << escape(count_words(run.counts)) << " · seed " << run.seed
      << "\n\n";
  const std::vector<std::string> details = trouble_details(run);
  for (const std::string& line : details) out << "    " << line << '\n';
  if (!details.empty()) out << '\n';
  for (const InvariantResult& invariant : run.invariants) {
    for (std::size_t i = 0; i < invariant.anomalies.size() && i < kAnomaliesShown; ++i) {
      out << "- " << escape(anomaly_sentence(invariant.anomalies[i])) << '\n';
    }
    if (!invariant.anomalies.empty() && invariant.anomalies_total > kAnomaliesShown) {
      out << "- and " << invariant.anomalies_total - kAnomaliesShown << " more of " << escape(invariant.name) << '\n';
    }
  }
  for (const std::string& cause : unknown_causes(run)) out << "- unknown: " << escape(cause) << '\n';
  if (!run.hint.empty()) out << "- hint: " << escape(run.hint) << '\n';
  if (!run.reproduce.empty()) out << "\nReproduce: " << code(run.reproduce) << '\n';
  out << '\n';
}

void write_score(const std::vector<ScoreCell>& cells, std::ostream& out) {
  out << "### What is proven\n\n" << escape(totals_words(cells)) << "\n\n";
  for (const ScoreTable& table : score_tables(cells)) {
    out << "| " << escape(table.invariant) << " |";
    for (const std::string& phase : table.phases) out << ' ' << escape(phase) << " |";
    out << "\n|---|";
    for (std::size_t i = 0; i < table.phases.size(); ++i) out << ":---:|";
    out << '\n';
    for (const auto& [fault, states] : table.rows) {
      out << "| " << escape(fault) << " |";
      for (const ScoreCell::State state : states) out << ' ' << symbol(state) << " |";
      out << '\n';
    }
    out << '\n';
  }
  out << "Rows: kinds of faults. Columns: where operation stood when they struck. · not exercised\n\n";
}

Status write_markdown(const CampaignSummary& campaign, std::ostream& out) {
  const Tally result = tally(campaign);
  const bool good = result.pass == result.total && result.total > 0;
  out << "## stormproof: " << (good ? "✓ " : result.fail > 0 ? "✗ " : "? ") << tally_words(result) << "\n\n";
  for (const Matrix& matrix : matrices(campaign)) write_matrix(matrix, out);
  out << "✓ pass · ✗ fail · ? unknown · **⚠** " << trouble_words(campaign) << " · took "
      << human_duration(campaign.duration) << "\n\n";
  if (!campaign.score.empty()) write_score(campaign.score, out);
  for (const RunSummary& run : campaign.runs) {
    if (is_trouble(run)) write_run(run, out);
  }
  return Status::success();
}

}  // namespace

constinit const ReportKind markdown_kind{
    {"markdown", "GitHub-flavoured summary: the matrix, and evidence for every run that is not as it should be"},
    "summary.md",
    write_markdown};

}  // namespace stormproof
