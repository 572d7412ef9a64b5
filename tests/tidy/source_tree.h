/// The sources as the house rules see them: paths and text. Rules are pure functions of this, so that each is shown to
/// fail on a planted violation without touching the tree.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof::tidy {

struct SourceFile {
  std::string path;  ///< relative to the root of the repository, '/' between folders
  std::string text;
};
using SourceTree = std::vector<SourceFile>;

/// Every .h, .cpp and CMakeLists.txt of ours, sorted by path, and the paths of everything below tests/golden (without
/// text).
SourceTree read_tree(const std::filesystem::path& root);

/// The text with comments and the contents of string and character literals blanked; lines keep their numbers.
std::string code_only(std::string_view text);

struct Finding {
  std::string file;
  int line = 0;        ///< 0: the file as a whole
  std::string what;    ///< the rule that is broken
  std::string remedy;  ///< what to do instead
};
/// "file:line: what; remedy", one a line.
std::string render(const std::vector<Finding>& findings);

struct Line {
  int number;
  std::string_view text;
};
std::vector<Line> lines_of(std::string_view text);

/// The part after the last '/' without the extension: "faults/process/kill.cpp" -> "kill".
std::string stem_of(std::string_view path);
/// The part before the last '/', or "".
std::string folder_of(std::string_view path);

}  // namespace stormproof::tidy
