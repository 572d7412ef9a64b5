#include "harness/explore/census.h"

#include <cctype>
#include <cstring>
#include <fstream>

namespace stormproof {

namespace {
constexpr std::size_t kFormBytes = 80;
constexpr std::size_t kLogBytes = std::size_t{1} << 20U;
constexpr std::size_t kFormsMost = 40;
}  // namespace

std::string line_form(std::string_view line) {
  std::string form;
  bool in_number = false;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool digit = std::isdigit(byte) != 0;
    if (!digit) form += byte < 0x20 || byte >= 0x7F ? '?' : c;
    if (digit && !in_number) form += '#';
    in_number = digit;
    if (form.size() >= kFormBytes) break;
  }
  return form;
}

std::string form_pattern(const std::string& form) {
  std::string pattern;
  for (const char c : form) {
    if (c == '#') {
      pattern += "[0-9]+";
    } else if (c == '?') {
      pattern += '.';
    } else {
      if (std::strchr("^$\\.*+()[]{}|", c) != nullptr) pattern += '\\';
      pattern += c;
    }
  }
  return pattern;
}

std::map<std::string, std::int64_t> log_forms(const std::filesystem::path& file, std::size_t forms_most) {
  std::map<std::string, std::int64_t> forms;
  std::ifstream in(file, std::ios::binary);
  std::size_t read = 0;
  for (std::string line; read < kLogBytes && std::getline(in, line); read += line.size() + 1) {
    std::string form = line_form(line);
    if (form.empty() || (forms.size() >= forms_most && forms.count(form) == 0)) continue;
    ++forms[std::move(form)];
  }
  return forms;
}

Census take_census(const RunSummary& run) {
  Census census;
  census.effects = run.counts.effects;
  census.sent = run.counts.attempted;
  census.acked = run.counts.acked;
  census.duration = run.duration;
  for (const LinkSummary& link : run.links) {
    census.bytes[link.name] = link.upstream_bytes + link.downstream_bytes;
    census.connections[link.name] = link.connections;
  }
  for (const ProcessSummary& process : run.processes) {
    for (const std::string& log : {process.stdout_log, process.stderr_log}) {
      if (log.empty()) continue;
      for (const auto& [form, times] : log_forms(run.run_dir / log, kFormsMost)) {
        census.logs.push_back({process.name, form_pattern(form), times});
      }
    }
  }
  return census;
}

}  // namespace stormproof
