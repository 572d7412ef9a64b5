#include "harness/explore/census.h"

#include <cctype>
#include <cstring>
#include <fstream>
#include <tuple>

namespace stormproof {

namespace {
constexpr std::size_t kFormBytes = 80;
constexpr std::size_t kLogBytes = std::size_t{1} << 20U;
constexpr std::size_t kFormsMost = 120;
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

namespace {

/// The sample at which nearly all of the link's bytes had passed: what comes later are the ends of streams.
const Survey::Sample* end_of_traffic(const Survey& survey, const std::string& link, std::uint64_t bytes) {
  for (const Survey::Sample& sample : survey.samples) {
    const auto stats = sample.links.find(link);
    if (stats == sample.links.end()) continue;
    if (stats->second.upstream_bytes + stats->second.downstream_bytes >= bytes * 9 / 10) return &sample;
  }
  return nullptr;
}

std::vector<LogClass> log_classes(const Survey& survey) {
  std::map<std::tuple<std::string, LogClass::When, std::string>, std::int64_t> times;
  for (const SurveyedLine& line : survey.lines) {
    std::string form = line_form(line.line);
    if (form.empty()) continue;
    std::tuple key(line.process, line.when, std::move(form));
    if (times.size() < kFormsMost || times.count(key) > 0) ++times[std::move(key)];
  }
  std::vector<LogClass> classes;
  for (const auto& [key, count] : times) {
    classes.push_back({std::get<0>(key), form_pattern(std::get<2>(key)), count, std::get<1>(key)});
  }
  return classes;
}

}  // namespace

Census take_census(const RunSummary& run, const Survey& survey) {
  Census census;
  census.effects = run.counts.effects;
  census.sent = run.counts.attempted;
  census.acked = run.counts.acked;
  census.work = run.duration;
  for (const Survey::Sample& sample : survey.samples) {
    if (sample.effects < census.effects) continue;
    census.work = sample.t;
    break;
  }
  for (const LinkSummary& link : run.links) {
    LinkCensus& found = census.links[link.name];
    found.upstream = link.upstream_bytes;
    found.downstream = link.downstream_bytes;
    found.connections = link.connections;
    const Survey::Sample* end = end_of_traffic(survey, link.name, link.upstream_bytes + link.downstream_bytes);
    found.busy_effects = end == nullptr ? census.effects : end->effects;
    found.busy = end == nullptr ? census.work : end->t;
  }
  census.logs = log_classes(survey);
  return census;
}

}  // namespace stormproof
