#include "tests/tidy/source_tree.h"

#include <algorithm>

#include "tests/support/golden.h"

namespace stormproof::tidy {

namespace fs = std::filesystem;

SourceTree read_tree(const fs::path& root) {
  SourceTree tree;
  for (const char* folder : {"harness", "faults", "reports", "targets", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file()) continue;
      const std::string path = fs::relative(entry.path(), root).generic_string();
      if (path.starts_with("tests/golden/")) {
        tree.push_back({path, ""});
      } else if (path.ends_with(".h") || path.ends_with(".cpp") || path.ends_with("/CMakeLists.txt")) {
        tree.push_back({path, read_file(entry.path())});
      }
    }
  }
  std::sort(tree.begin(), tree.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return tree;
}

namespace {

/// Where the literal or comment that starts at `i` ends (one past), or `i` when none starts there.
std::size_t end_of_blank(std::string_view text, std::size_t i) {
  const auto find = [&](std::string_view what, std::size_t from) {
    const std::size_t at = text.find(what, from);
    return at == std::string_view::npos ? text.size() : at + what.size();
  };
  const std::string_view rest = text.substr(i);
  if (rest.starts_with("//")) return std::min(text.find('\n', i), text.size());
  if (rest.starts_with("/*")) return find("*/", i + 2);
  if (rest.starts_with("R\"")) {
    const std::size_t open = text.find('(', i);
    if (open == std::string_view::npos) return text.size();
    return find(")" + std::string(text.substr(i + 2, open - i - 2)) + "\"", open);
  }
  // A quote between digits is a separator: 1'000'000.
  const bool separator = rest.starts_with('\'') && i > 0 && std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0;
  if ((rest.starts_with('"') || rest.starts_with('\'')) && !separator) {
    for (std::size_t j = i + 1; j < text.size(); ++j) {
      if (text[j] == '\\') {
        ++j;
      } else if (text[j] == text[i] || text[j] == '\n') {
        return j + 1;
      }
    }
    return text.size();
  }
  return i;
}

}  // namespace

std::string code_only(std::string_view text) {
  std::string code;
  code.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = end_of_blank(text, i);
    if (end == i) {
      code += text[i++];
      continue;
    }
    for (; i < end; ++i) code += text[i] == '\n' ? '\n' : ' ';
  }
  return code;
}

std::string render(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.file + ":" + std::to_string(finding.line) + ": " + finding.what + "; " + finding.remedy + "\n";
  }
  return text;
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back({++number, text.substr(0, end)});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : std::string(path.substr(0, slash));
}

std::string stem_of(std::string_view path) {
  path.remove_prefix(folder_of(path).size());
  if (path.starts_with('/')) path.remove_prefix(1);
  return std::string(path.substr(0, path.rfind('.')));
}

}  // namespace stormproof::tidy
