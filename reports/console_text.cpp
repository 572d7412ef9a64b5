#include "reports/console_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/text.h"
#include "harness/base/units.h"
#include "reports/words.h"

namespace stormproof {
namespace {

constexpr std::size_t kAnomaliesShown = 3;  // of each invariant

bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::string short_number(double value) {
  if (value < 1000) return fmt::format("{:.0f}", value);
  if (value < 1e6) return fmt::format("{:.1f}k", value / 1e3);
  return fmt::format("{:.1f}M", value / 1e6);
}

std::string entry_symbol(const MatrixEntry& entry) {
  if (entry.runs.empty()) return "·";
  std::string text(symbol(entry.mark));
  if (entry.mixed) {
    std::size_t alike = 0;
    for (const RunSummary* run : entry.runs) alike += mark(*run) == entry.mark ? 1 : 0;
    text += fmt::format("{}/{}", alike, entry.runs.size());
  }
  return entry.trouble ? text + " !" : text;
}

}  // namespace

std::string Painter::operator()(Ink ink, std::string_view text) const {
  if (!colour_ || ink == Ink::plain) return std::string(text);
  const char* code = "0";
  switch (ink) {
    case Ink::plain: break;
    case Ink::good: code = "32"; break;
    case Ink::bad: code = "1;31"; break;
    case Ink::doubtful: code = "33"; break;
    case Ink::faint: code = "2"; break;
    case Ink::strong: code = "1"; break;
  }
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Ink Painter::ink_of(Verdict verdict) const {
  switch (verdict) {
    case Verdict::pass: return Ink::good;
    case Verdict::fail: return Ink::bad;
    case Verdict::unknown: return Ink::doubtful;
  }
  return Ink::plain;
}

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

std::string fit(std::string_view text, std::size_t width) {
  if (columns_of(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t end = 0, seen = 0;
  while (end < text.size() && (!starts_code_point(text[end]) || ++seen < width)) ++end;
  return std::string(text.substr(0, end)) + "…";
}

std::string pad(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t columns = columns_of(text);
  if (columns < width) out.append(width - columns, ' ');
  return out;
}

std::string live_line(const std::string& title, std::uint64_t seed, const ProgressListener::Live& live) {
  std::string line = fmt::format("{}  seed {}", title, seed);
  if (live.phase.empty()) return line + "  starting";
  line += fmt::format("  {} {}  {} effects  {}/s", printable(live.phase), human_duration(live.elapsed), live.effects,
                      short_number(live.rate));
  if (!live.faults_in_force.empty()) line += "  in force: " + printable(join(live.faults_in_force, ", "));
  if (live.missing > 0) line += fmt::format("  {} missing", live.missing);
  if (live.duplicates > 0) line += fmt::format("  {} duplicate", live.duplicates);
  return line;
}

std::vector<std::string> result_lines(const RunSummary& run, bool with_evidence, const Painter& paint) {
  const Verdict verdict = mark(run);
  std::string head = paint(paint.ink_of(verdict), fmt::format("{} {}", symbol(verdict), run_title(run)));
  head += fmt::format("  {}", paint(is_trouble(run) ? Ink::strong : Ink::plain, status_words(run)));
  if (run.outcome == RunOutcome::completed) {
    // A history judged on its own has no duration that we know of.
    const std::string took = run.duration.count() > 0 ? " · " + human_duration(run.duration) : "";
    head += paint(Ink::faint, "  " + count_words(run.counts) + took);
  }
  std::vector<std::string> lines{head};
  if (!with_evidence) return lines;
  for (const InvariantResult& invariant : run.invariants) {
    if (invariant.anomalies.empty()) continue;
    lines.push_back(fmt::format("    {}: {} {}", printable(invariant.name), invariant.anomalies_total,
                                invariant.anomalies_total == 1 ? "anomaly" : "anomalies"));
    const std::size_t shown = std::min(invariant.anomalies.size(), kAnomaliesShown);
    for (std::size_t i = 0; i < shown; ++i) lines.push_back("      " + anomaly_sentence(invariant.anomalies[i]));
    if (invariant.anomalies_total > shown) {
      lines.push_back(fmt::format("      and {} more", invariant.anomalies_total - shown));
    }
  }
  for (const std::string& line : trouble_details(run)) lines.push_back("    " + line);
  if (verdict == Verdict::unknown) {
    for (const std::string& cause : unknown_causes(run)) lines.push_back("    unknown because: " + cause);
  }
  if (!run.hint.empty()) lines.push_back("    hint: " + printable(run.hint));
  if (!run.reproduce.empty()) lines.push_back("    replay: " + paint(Ink::strong, printable(run.reproduce)));
  return lines;
}

std::vector<std::string> matrix_lines(const Matrix& matrix, std::size_t width, const Painter& paint) {
  constexpr std::size_t kGap = 2, kNarrowest = 5;
  std::size_t first = columns_of(join(matrix.axes, ", "));
  for (const MatrixRow& row : matrix.rows) first = std::max(first, columns_of(row.scenario));
  std::vector<std::size_t> widths;
  std::size_t total = first;
  for (std::size_t i = 0; i < matrix.columns.size(); ++i) {
    std::size_t column = columns_of(matrix.columns[i]);
    for (const MatrixRow& row : matrix.rows) column = std::max(column, columns_of(entry_symbol(row.entries[i])));
    widths.push_back(column);
    total += column + kGap;
  }
  while (total > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (widest == widths.end() || *widest <= kNarrowest) break;
    --*widest;
    --total;
  }
  const std::size_t room = width > total - first ? width - (total - first) : kNarrowest;
  first = std::min(first, std::max(room, 2 * kNarrowest));

  std::vector<std::string> lines;
  std::string head = pad(fit(join(matrix.axes, ", "), first), first);
  for (std::size_t i = 0; i < widths.size(); ++i) head += "  " + pad(fit(matrix.columns[i], widths[i]), widths[i]);
  lines.push_back(paint(Ink::faint, head.substr(0, head.find_last_not_of(' ') + 1)));
  for (const MatrixRow& row : matrix.rows) {
    std::string line = pad(fit(row.scenario, first), first);
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string text = entry_symbol(row.entries[i]);
      const Ink ink = row.entries[i].runs.empty() ? Ink::faint : paint.ink_of(row.entries[i].mark);
      line += "  " + paint(ink, text);
      if (i + 1 < widths.size()) line.append(widths[i] - std::min(widths[i], columns_of(text)), ' ');
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace stormproof
