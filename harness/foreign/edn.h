/// EDN values, as much of it as Jepsen histories need: nil, booleans, numbers, strings, characters, keywords, symbols,
/// lists, vectors, sets, maps, tagged values (the tag is skipped), #_ and ; comments, commas as white space.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof {

struct Edn {
  enum class Kind { nil, word, text, keyword, list, map };
  Kind kind = Kind::nil;
  std::string text;        ///< word (number, boolean, symbol) as written; text unescaped; keyword without its colon
  std::vector<Edn> items;  ///< of lists, vectors and sets; of maps: key, value, key, value

  /// The value of a keyword in a map; null when it is not there.
  const Edn* find(std::string_view keyword) const;
  bool scalar() const { return kind == Kind::word || kind == Kind::text || kind == Kind::keyword; }
};

/// Exactly one value. `trouble` says what is wrong: "is not EDN at column 12".
std::optional<Edn> parse_edn(std::string_view text, std::string& trouble);

/// Follows brackets and strings line by line.
class EdnDepth {
 public:
  void feed(std::string_view line);
  bool open() const { return depth_ > 0 || quoted_; }
  void reset() { *this = {}; }

 private:
  int depth_ = 0;
  bool quoted_ = false;
};

}  // namespace stormproof
