#include "harness/model/verdict.h"

namespace stormproof {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return "pass";
    case Verdict::unknown: return "unknown";
    case Verdict::fail: return "fail";
  }
  return "unknown";
}

std::optional<Verdict> verdict_from(std::string_view word) {
  for (const Verdict verdict : {Verdict::pass, Verdict::unknown, Verdict::fail}) {
    if (to_string(verdict) == word) return verdict;
  }
  return std::nullopt;
}

}  // namespace stormproof
