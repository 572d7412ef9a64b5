#include "tests/tidy/layering.h"

#include <algorithm>
#include <span>

#include "harness/base/text.h"

namespace stormproof::tidy {

namespace {

using Names = std::vector<std::string>;

struct Layer {
  std::string folder;
  Names may_include;  ///< prefixes of our own headers; a folder may always include itself
};

const Names kContracts = {"harness/base", "harness/model", "harness/api"};

Names contracts_and(const Names& more) {
  Names all = kContracts;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

/// The longest folder that is a prefix of the file's path decides.
const std::vector<Layer>& layers() {
  static const std::vector<Layer> kLayers = {
      {"harness/base", {}},
      {"harness/model", {"harness/base"}},
      {"harness/api", {"harness/base", "harness/model"}},
      {"harness/scenario", kContracts},
      {"harness/plan", kContracts},
      {"harness/history", kContracts},
      {"harness/foreign", contracts_and({"harness/history"})},
      {"harness/supervise", kContracts},
      {"harness/sources", kContracts},
      {"harness/witnesses", kContracts},
      {"harness/check", contracts_and({"harness/history"})},
      // Shares the reader of TOML with scenarios, and nothing else.
      {"harness/proxy", contracts_and({"harness/scenario"})},
      {"harness/run", contracts_and({"harness/scenario", "harness/plan", "harness/history", "harness/supervise",
                                     "harness/sources", "harness/witnesses", "harness/check", "harness/proxy"})},
      {"harness/explore", contracts_and({"harness/run", "harness/plan", "harness/history"})},
      {"harness/cli", {"harness", "reports"}},
      {"faults", kContracts},
      {"reports", contracts_and({"harness/history"})},
      // Black boxes: a target that shared code with its judge could share its mistakes.
      {"targets/stream", {}},
      {"tests", {"harness", "faults", "reports", "tests"}},
      {"tests/targets", {"harness", "targets", "tests"}},
  };
  return kLayers;
}

struct Exception {
  std::string file;
  std::string may_include;
};

/// Concrete faults are known in one file only.
const std::vector<Exception>& exceptions() {
  static const std::vector<Exception> kExceptions = {
      {"harness/cli/catalog.cpp", "faults/"},
  };
  return kExceptions;
}

struct ThirdParty {
  Names headers;     ///< prefixes of the include
  Names files;       ///< prefixes of the files that may
  Names in_headers;  ///< prefixes of the files that may even in a .h, which makes every includer pay
};

const std::vector<ThirdParty>& third_parties() {
  static const std::vector<ThirdParty> kThirdParties = {
      {{"fmt/"}, {"harness", "faults", "reports", "tests"}, {""}},
      {{"spdlog/"}, {"harness/base/log.cpp"}, {}},
      {{"CLI/"}, {"harness/cli/"}, {}},
      {{"toml++/", "toml.hpp"}, {"harness/scenario/toml_reader.cpp"}, {}},
      {{"boost/process", "boost/filesystem"},
       {"harness/supervise/spawn", "tests/harness/supervise/", "tests/bench/"},
       {}},
      {{"boost/beast"}, {"harness/proxy/http_server.cpp"}, {}},
      {{"boost/asio", "boost/system"},
       {"harness/supervise/", "harness/run/", "harness/proxy/http_server.cpp", "faults/link/",
        "tests/harness/supervise/", "tests/faults/process/", "tests/bench/"},
       {"tests/"}},
      // A target is a small program of its own, and a service has to derive from generated code.
      {{"grpcpp/", "grpc/", "grpc++/", "google/protobuf/"},
       {"harness/supervise/", "harness/sources/", "harness/witnesses/", "targets/", "tests/"},
       {"targets/"}},
      {{"httplib.h"}, {"harness/supervise/", "harness/sources/", "harness/witnesses/", "targets/", "tests/"}, {}},
      {{"nlohmann/"}, {"harness/", "reports/", "targets/", "tests/"}, {}},
      // The TLS server of a test; comes with cpp-httplib.
      {{"openssl/"}, {"tests/e2e/"}, {"tests/e2e/"}},
      // Plain C, costs nothing to include.
      {{"sqlite3.h"}, {"harness/witnesses/", "targets/", "tests/"}, {"targets/"}},
      {{"rapidcheck"}, {"harness/explore/", "tests/"}, {"tests/"}},
      {{"gtest/", "gmock/"}, {"tests/"}, {"tests/"}},
  };
  return kThirdParties;
}

bool starts_with_any(std::string_view text, const Names& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) { return text.starts_with(prefix); });
}

bool inside(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

struct Include {
  int line;
  std::string header;
};

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  for (const Line& line : lines_of(file.text)) {
    if (!line.text.starts_with("#include")) continue;
    const std::size_t open = line.text.find_first_of("<\"");
    const std::size_t close = line.text.find_last_of(">\"");
    if (open == std::string_view::npos || close <= open) continue;
    includes.push_back({line.number, std::string(line.text.substr(open + 1, close - open - 1))});
  }
  return includes;
}

bool is_ours(std::string_view header) {
  return starts_with_any(header, {"harness/", "faults/", "reports/", "targets/", "tests/"});
}

bool is_generated(std::string_view header) { return header.ends_with(".pb.h"); }

bool is_system(std::string_view header) {
  return header.find('/') == std::string_view::npos ||
         starts_with_any(header, {"sys/", "linux/", "netinet/", "arpa/", "net/", "asm/"});
}

const Layer* layer_of(std::string_view path) {
  const Layer* best = nullptr;
  for (const Layer& layer : layers()) {
    if (inside(path, layer.folder) && (best == nullptr || layer.folder.size() > best->folder.size())) best = &layer;
  }
  return best;
}

void check_own(const SourceFile& file, const Include& include, std::vector<Finding>& findings) {
  const Layer* layer = layer_of(file.path);
  if (layer == nullptr) {
    findings.push_back({file.path, include.line, "no layer is known for this folder",
                        "add it to layers() in tests/tidy/layering.cpp with what it may include"});
    return;
  }
  if (inside(include.header, layer->folder)) return;
  for (const std::string& allowed : layer->may_include) {
    if (inside(include.header, allowed)) return;
  }
  for (const Exception& exception : exceptions()) {
    if (file.path == exception.file && include.header.starts_with(exception.may_include)) return;
  }
  const std::string may = layer->may_include.empty() ? "nothing of ours but itself" : join(layer->may_include, ", ");
  findings.push_back({file.path, include.line, "includes " + include.header,
                      layer->folder + " may include " + may + ": move the code down or pass the value in"});
}

void check_third_party(const SourceFile& file, const Include& include, std::vector<Finding>& findings) {
  const bool generated = is_generated(include.header);
  const bool header = file.path.ends_with(".h");
  for (const ThirdParty& party : third_parties()) {
    const bool matches =
        starts_with_any(include.header, party.headers) || (generated && party.headers.front() == "grpcpp/");
    if (!matches) continue;
    if (!starts_with_any(file.path, party.files)) {
      findings.push_back({file.path, include.line, "includes " + include.header,
                          "only " + join(party.files, ", ") + " may: go through what those offer"});
    } else if (header && !starts_with_any(file.path, party.in_headers)) {
      findings.push_back({file.path, include.line, "a header includes " + include.header,
                          "include it in the .cpp and hold it behind a pointer"});
    }
    return;
  }
  if (!is_system(include.header)) {
    findings.push_back({file.path, include.line, "includes the unknown third party " + include.header,
                        "add it to third_parties() in tests/tidy/layering.cpp and to README.md with its reason"});
  }
}

}  // namespace

std::vector<Finding> check_layering(const SourceTree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree) {
    if (!file.path.ends_with(".h") && !file.path.ends_with(".cpp")) continue;
    for (const Include& include : includes_of(file)) {
      is_ours(include.header) ? check_own(file, include, findings) : check_third_party(file, include, findings);
    }
  }
  return findings;
}

}  // namespace stormproof::tidy
