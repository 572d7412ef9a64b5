#include "targets/stream/common/options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace streams {

void usage_error(std::string_view message) {
  std::fprintf(stderr, "%s: error: %.*s\n", program_invocation_short_name, static_cast<int>(message.size()),
               message.data());
  std::exit(2);
}

namespace {

void print_help(std::initializer_list<Options::Known> known) {
  std::printf("usage: %s --name=value ...\n", program_invocation_short_name);
  for (const auto& option : known) {
    std::printf("  --%-14s %s", std::string(option.name).c_str(), std::string(option.help).c_str());
    if (option.fallback == "!") {
      std::printf(" (required)");
    } else if (!option.fallback.empty()) {
      std::printf(" (default %s)", std::string(option.fallback).c_str());
    }
    std::printf("\n");
  }
}

}  // namespace

Options::Options(int argc, char** argv, std::initializer_list<Known> known) {
  for (const auto& option : known) values_.emplace(option.name, option.fallback);
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help") {
      print_help(known);
      std::exit(0);
    }
    const auto equals = word.find('=');
    const auto found = word.substr(0, 2) == "--" && equals != std::string_view::npos
                           ? values_.find(word.substr(2, equals - 2))
                           : values_.end();
    if (found == values_.end()) usage_error("unknown argument '" + std::string(word) + "'; --help lists them");
    found->second = word.substr(equals + 1);
  }
  for (const auto& [name, value] : values_) {
    if (value == "!") usage_error("--" + name + "=... is required; --help lists all options");
  }
}

const std::string& Options::text(std::string_view name) const { return values_.find(name)->second; }

std::int64_t Options::integer(std::string_view name) const {
  const std::string& word = text(name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size() || value < 0) {
    usage_error("--" + std::string(name) + "=" + word + ": not a whole number");
  }
  return value;
}

std::chrono::nanoseconds Options::duration(std::string_view name) const {
  const std::string& word = text(name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(word.data() + word.size() - end));
  if (error == std::errc() && value >= 0) {
    if (unit == "us") return std::chrono::microseconds(value);
    if (unit == "ms") return std::chrono::milliseconds(value);
    if (unit == "s") return std::chrono::seconds(value);
    if (unit.empty() && value == 0) return std::chrono::nanoseconds(0);
  }
  usage_error("--" + std::string(name) + "=" + word + ": not a duration such as 200us, 5ms or 1s");
}

}  // namespace streams
