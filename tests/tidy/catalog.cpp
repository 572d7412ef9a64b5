#include "tests/tidy/catalog.h"

#include <algorithm>
#include <map>
#include <regex>

namespace stormproof::tidy {

namespace {

struct Kind {
  std::string name;
  std::string file;
  int line = 0;
};

/// Definitions, not the `extern` declarations of catalog.h.
std::vector<Kind> kinds_defined_in(const SourceFile& file) {
  static const std::regex kDefinition(
      R"(^(?:constinit )?const (?:Fault|Source|Witness|Invariant|Report)Kind (\w+)_kind\b)");
  std::vector<Kind> kinds;
  for (const Line& line : lines_of(file.text)) {
    std::cmatch match;
    if (std::regex_search(line.text.data(), line.text.data() + line.text.size(), match, kDefinition)) {
      kinds.push_back({match[1].str(), file.path, line.number});
    }
  }
  return kinds;
}

std::vector<Kind> kinds_listed_in(const SourceFile& catalog) {
  static const std::regex kEntry(R"(&(\w+)_kind\b)");
  std::vector<Kind> kinds;
  const std::string code = code_only(catalog.text);
  for (const Line& line : lines_of(code)) {
    for (std::cregex_iterator it(line.text.data(), line.text.data() + line.text.size(), kEntry), end; it != end; ++it) {
      kinds.push_back({(*it)[1].str(), catalog.path, line.number});
    }
  }
  return kinds;
}

void check_one_catalog(const SourceTree& tree, const SourceFile& catalog, std::vector<Finding>& findings) {
  const std::string folder = folder_of(catalog.path) + "/";
  std::map<std::string, Kind> defined;
  for (const SourceFile& file : tree) {
    if (!file.path.starts_with(folder) || !file.path.ends_with(".cpp") || file.path == catalog.path) continue;
    for (const Kind& kind : kinds_defined_in(file)) {
      const std::string where = stem_of(file.path);
      if (where != kind.name) {
        findings.push_back({kind.file, kind.line, "defines the kind " + kind.name,
                            "a kind stands in a file of its own name, " + kind.name + ".cpp"});
      }
      if (!defined.emplace(kind.name, kind).second) {
        findings.push_back({kind.file, kind.line, "defines the kind " + kind.name + " again",
                            "it already stands in " + defined[kind.name].file});
      }
    }
  }
  const std::vector<Kind> listed = kinds_listed_in(catalog);
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (i > 0 && listed[i].name <= listed[i - 1].name) {
      findings.push_back({listed[i].file, listed[i].line, "lists " + listed[i].name + " after " + listed[i - 1].name,
                          "keep the list sorted, each kind once"});
    }
    if (defined.erase(listed[i].name) == 0 && (i == 0 || listed[i].name != listed[i - 1].name)) {
      findings.push_back({listed[i].file, listed[i].line, "lists the kind " + listed[i].name,
                          "no file below " + folder + " defines it"});
    }
  }
  for (const auto& [name, kind] : defined) {
    findings.push_back(
        {kind.file, kind.line, "the kind " + name + " is in no list", "add its line to " + catalog.path});
  }
}

}  // namespace

std::vector<Finding> check_catalogs(const SourceTree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree) {
    const bool is_catalog = file.path.ends_with("/catalog.cpp") && !file.path.starts_with("tests/") &&
                            file.path != "harness/cli/catalog.cpp";
    if (is_catalog) check_one_catalog(tree, file, findings);
  }
  return findings;
}

std::vector<Finding> check_tests_are_built(const SourceTree& tree) {
  std::map<std::string, std::string_view> lists;  // folder -> text of its CMakeLists.txt
  for (const SourceFile& file : tree) {
    if (file.path.ends_with("/CMakeLists.txt")) lists[folder_of(file.path)] = file.text;
  }
  std::vector<Finding> findings;
  for (const SourceFile& file : tree) {
    if (!file.path.starts_with("tests/") || !file.path.ends_with("_test.cpp")) continue;
    bool found = false;
    // A folder without a list of its own is built from the one above it.
    for (std::string folder = folder_of(file.path); !folder.empty() && !found; folder = folder_of(folder)) {
      if (lists.contains(folder)) {
        const std::string relative = file.path.substr(folder.size() + 1);
        found = lists[folder].find(relative) != std::string_view::npos;
      }
    }
    if (!found) findings.push_back({file.path, 0, "is built by no CMakeLists.txt", "name it in that of its folder"});
  }
  return findings;
}

std::vector<Finding> check_golden_cases(const SourceTree& tree) {
  std::map<std::string, bool> cases;  // directory -> has expected.*
  for (const SourceFile& file : tree) {
    if (!file.path.starts_with("tests/golden/")) continue;
    const std::string folder = folder_of(file.path);
    const std::string name = file.path.substr(folder.size() + 1);
    if (std::count(folder.begin(), folder.end(), '/') < 3) continue;
    cases[folder] = cases[folder] || name.starts_with("expected");
  }
  std::vector<Finding> findings;
  for (const auto& [folder, expects] : cases) {
    if (expects) continue;
    findings.push_back(
        {folder, 0, "expects nothing", "add expected.* (STORMPROOF_UPDATE_GOLDEN=1 ./dev test writes it)"});
  }
  return findings;
}

}  // namespace stormproof::tidy
