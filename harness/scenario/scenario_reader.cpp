#include "harness/scenario/scenario_reader.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "harness/scenario/matrix.h"
#include "harness/scenario/toml_reader.h"

namespace stormproof {

namespace {

ScenarioFile unreadable(std::string path, std::string message, std::string suggestion = {}) {
  ScenarioFile file;
  file.path = std::move(path);
  file.diagnostics.push_back({{}, std::move(message), std::move(suggestion)});
  return file;
}

std::string too_large() { return fmt::format("the file is larger than {} MiB", kScenarioBytesMax >> 20U); }
constexpr const char* kNotAScenario = "this is hardly a scenario; is the path right?";

}  // namespace

ScenarioFile read_scenario_file(const std::filesystem::path& path, const Kinds& kinds, const ReadOptions& options) {
  std::error_code failure;
  const std::filesystem::file_status status = std::filesystem::status(path, failure);
  const std::string shown = path.string();
  if (status.type() == std::filesystem::file_type::not_found) {
    return unreadable(shown, "there is no such file", "`stormproof new NAME` writes a scenario to start from");
  }
  if (failure) return unreadable(shown, "cannot open it: " + failure.message());
  if (std::filesystem::is_directory(status)) {
    return unreadable(shown, "this is a directory", "give the files: " + shown + "/*.toml");
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable(shown, fmt::format("cannot open it: {}", std::strerror(errno)));
  // One byte more than allowed is enough to know; a pipe or /dev/zero has no size to ask for.
  std::string text(kScenarioBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return unreadable(shown, fmt::format("cannot read it: {}", std::strerror(errno)));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kScenarioBytesMax) return unreadable(shown, too_large(), kNotAScenario);
  return read_scenario_text(shown, std::move(text), kinds, options);
}

ScenarioFile read_scenario_text(std::string path, std::string text, const Kinds& kinds, const ReadOptions& options) {
  if (text.size() > kScenarioBytesMax) return unreadable(std::move(path), too_large(), kNotAScenario);
  ScenarioFile file;
  file.path = std::move(path);
  file.text = std::move(text);
  DiagnosticSink sink;
  if (const std::optional<RawValue> root = read_toml(file.text, sink)) {
    const MatrixPlan plan = plan_matrix(*root, options, sink);
    std::vector<ExpectSpec> expects;
    if (const RawEntry* expect = root->find("expect")) expects = parse_expects(expect->value, plan.written, sink);
    // Bounds the work, not the scenario: 10,000 cells of a file of 100 KiB.
    constexpr std::size_t kWorkMax = std::size_t{1} << 30U;
    if (plan.cells.size() * file.text.size() > kWorkMax) {
      sink.report({}, fmt::format("{} cells of a file of {} bytes are too many", plan.cells.size(), file.text.size()),
                  "split the scenario");
    }
    std::error_code unknown;
    const std::string here = std::filesystem::absolute(file.path, unknown).parent_path().string();
    RegexCache regexes;
    // Without a usable matrix the rest is still checked once, with the params as they are.
    std::vector<Cell> cells = plan.cells;
    if (cells.empty() || !sink.empty()) cells.resize(1);
    for (const Cell& cell : cells) {
      std::map<std::string, std::string> params = plan.params;
      for (const auto& [key, value] : cell) params[key] = value;
      Scenario scenario = parse_scenario(expand_params(*root, params, here, sink), kinds, regexes, sink);
      scenario.file = file.path;
      scenario.params = std::move(params);
      scenario.matrix = plan.matrix;
      scenario.expects = expects;
      scenario.cell = cell;
      file.cells.push_back(std::move(scenario));
    }
  }
  file.diagnostics = sink.take();
  if (!file.ok()) file.cells.clear();
  return file;
}

}  // namespace stormproof
