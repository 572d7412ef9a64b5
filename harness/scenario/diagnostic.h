/// One mistake in a scenario, with its place and what was probably meant.
#pragma once

#include <string>
#include <vector>

#include "harness/model/source_range.h"

namespace stormproof {

struct Diagnostic {
  SourceRange where;       ///< unknown: the mistake has no place in the file (command line, the file itself)
  std::string message;     ///< "unknown fault kind 'reset_per'"
  std::string suggestion;  ///< "did you mean 'reset_peer'?"; may be empty
  bool operator==(const Diagnostic& other) const {
    return where.line == other.where.line && where.column == other.where.column && message == other.message;
  }
};

/// Collects diagnostics; the same mistake found in several cells of a matrix is kept once.
class DiagnosticSink {
 public:
  void report(SourceRange where, std::string message, std::string suggestion = {});
  bool empty() const { return diagnostics_.empty(); }
  /// Further reports are dropped: far more than are ever shown, so that a hostile file cannot make this slow.
  bool full() const { return diagnostics_.size() >= kKept; }
  /// In file order; those without a place come first.
  std::vector<Diagnostic> take();

 private:
  static constexpr std::size_t kKept = 1000;
  std::vector<Diagnostic> diagnostics_;
};

/// "did you mean 'X'?" for the nearest candidate; otherwise "known: a, b, c", or "" when there are no candidates.
std::string suggest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace stormproof
