#include "harness/cli/read_options.h"

#include <fmt/core.h>

#include "harness/base/text.h"

namespace stormproof {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Status split_pairs(const std::vector<std::string>& arguments, const char* option, Pairs& pairs) {
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
      return usage_error(fmt::format("{} {}: not of the form key=value", option, printable(argument)),
                         fmt::format("for example {} level=naive", option));
    }
    pairs.emplace_back(argument.substr(0, equals), argument.substr(equals + 1));
  }
  return {};
}

}  // namespace

Result<ReadOptions> read_options(const std::vector<std::string>& set, const std::vector<std::string>& only) {
  ReadOptions options;
  if (Status s = split_pairs(set, "--set", options.set); !s) return s.error();
  if (Status s = split_pairs(only, "--only", options.only); !s) return s.error();
  return options;
}

}  // namespace stormproof
