/// The console's layout as pure functions: text in, text out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/api/report.h"
#include "reports/matrix.h"

namespace stormproof {

enum class Ink { plain, good, bad, doubtful, faint, strong };

/// Wraps text in escape codes, or leaves it alone.
class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string operator()(Ink ink, std::string_view text) const;
  Ink ink_of(Verdict verdict) const;

 private:
  bool colour_;
};

/// Columns that printable text takes on a terminal: one a code point (East Asian wide characters count as one).
std::size_t columns_of(std::string_view text);
/// At most `width` columns, the last of them "…" when something is cut.
std::string fit(std::string_view text, std::size_t width);
/// Filled with blanks on the right up to `width` columns.
std::string pad(std::string_view text, std::size_t width);

/// "client-killed level=naive  seed 42  drive 1.23s  523 effects  1.2k/s  in force: kill".
std::string live_line(const std::string& title, std::uint64_t seed, const ProgressListener::Live& live);
/// Verdict, counts, and for a run that needs attention its evidence and the command that replays it.
std::vector<std::string> result_lines(const RunSummary& run, bool with_evidence, const Painter& paint);
/// Rows of scenarios, columns of cells, within `width`.
std::vector<std::string> matrix_lines(const Matrix& matrix, std::size_t width, const Painter& paint);

}  // namespace stormproof
