/// Parameters for a plug-in as the scenario parser would hand them over: given as text, defaults filled in.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "harness/model/param_text.h"

namespace stormproof {

struct GivenParams {
  std::map<std::string, std::string> text = {};
  std::map<std::string, std::vector<std::string>> lists = {};
  std::map<std::string, TextMap> maps = {};
};

inline Params params_of(std::span<const ParamSpec> specs, const GivenParams& given) {
  Params params;
  for (const auto& [name, list] : given.lists) params.set(name, list);
  for (const auto& [name, map] : given.maps) params.set(name, map);
  std::size_t known = 0;
  for (const ParamSpec& spec : specs) {
    const auto found = given.text.find(std::string(spec.name));
    if (found == given.text.end()) continue;
    ++known;
    Result<ParamValue> value = parse_param(spec, found->second);
    if (!value) {
      ADD_FAILURE() << spec.name << ": " << value.error().message;
      continue;
    }
    params.set(std::string(spec.name), *std::move(value));
  }
  EXPECT_EQ(known, given.text.size()) << "a parameter that the plug-in does not have";
  const Status filled = fill_defaults(specs, params);
  EXPECT_TRUE(filled.ok()) << filled.error().message;
  return params;
}

}  // namespace stormproof
