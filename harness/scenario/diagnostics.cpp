#include "harness/scenario/diagnostics.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/text.h"

namespace stormproof {

void DiagnosticSink::report(SourceRange where, std::string message, std::string suggestion) {
  if (full()) return;
  Diagnostic found{where, std::move(message), std::move(suggestion)};
  if (std::find(diagnostics_.begin(), diagnostics_.end(), found) == diagnostics_.end()) {
    diagnostics_.push_back(std::move(found));
  }
}

std::vector<Diagnostic> DiagnosticSink::take() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  return std::move(diagnostics_);
}

std::string suggest(const std::string& word, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return {};
  const std::string near = nearest(word, candidates);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  return "known: " + join(candidates, ", ");
}

namespace {

constexpr std::size_t kShown = 20;
constexpr int kWindow = 120;  // characters of a source line

std::string_view line_of(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

/// The characters (code points) of a line, each fit for a terminal and one column wide: toml++ counts columns so.
std::vector<std::string> characters(std::string_view line) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t length = 1;
    while (i + length < line.size() && (static_cast<unsigned char>(line[i + length]) & 0xC0U) == 0x80U) ++length;
    const std::string_view character = line.substr(i, length);
    const std::string shown = printable(character);
    out.push_back(character == "\t" ? " " : shown == character ? shown : "?");
    i += length;
  }
  return out;
}

std::string excerpt(std::string_view text, const Diagnostic& diagnostic) {
  const SourceRange& where = diagnostic.where;
  const std::vector<std::string> line = characters(line_of(text, where.line));
  const int length = static_cast<int>(line.size());
  const int column = std::clamp(where.column, 1, length + 1);
  int end = where.end_line == where.line ? where.end_column : length + 1;
  end = std::clamp(end, column + 1, std::max(column + 1, length + 1));
  const int first = column > kWindow * 3 / 4 ? column - kWindow / 4 : 1;
  const int last = std::min(length + 1, first + kWindow);

  std::string shown = first > 1 ? "…" : "";
  for (int i = first; i < last; ++i) shown += line[static_cast<std::size_t>(i - 1)];
  if (last <= length) shown += "…";
  const std::string number = std::to_string(where.line);
  std::string marks(static_cast<std::size_t>(column - first + (first > 1 ? 1 : 0)), ' ');
  marks += '^' + std::string(static_cast<std::size_t>(std::max(0, std::min(end, last) - column - 1)), '~');
  if (!diagnostic.suggestion.empty()) marks += ' ' + diagnostic.suggestion;
  return fmt::format("  {} | {}\n  {} | {}\n", number, shown, std::string(number.size(), ' '), marks);
}

}  // namespace

std::string render(const ScenarioFile& file) {
  std::string out;
  const std::string path = printable(file.path);
  for (std::size_t i = 0; i < std::min(kShown, file.diagnostics.size()); ++i) {
    const Diagnostic& diagnostic = file.diagnostics[i];
    if (diagnostic.where.known()) {
      out += fmt::format("{}:{}:{}: error: {}\n", path, diagnostic.where.line, diagnostic.where.column,
                         printable(diagnostic.message));
      Diagnostic shown = diagnostic;
      shown.suggestion = printable(shown.suggestion);
      out += excerpt(file.text, shown);
    } else {
      out += fmt::format("{}: error: {}\n", path, printable(diagnostic.message));
      if (!diagnostic.suggestion.empty()) out += fmt::format("  hint: {}\n", printable(diagnostic.suggestion));
    }
  }
  if (file.diagnostics.size() > kShown) out += fmt::format("… and {} more\n", file.diagnostics.size() - kShown);
  return out;
}

}  // namespace stormproof
