/// Placeholders in texts: "{links.feed}", "{self}", "{params.level}". A brace that does not begin a NAME} is literal,
/// so JSON needs no care; "{{" is always one literal brace; "${" is left alone, for shells.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/model/params.h"

namespace stormproof {

struct PlaceholderUse {
  std::string name;  ///< "links.feed"
  std::size_t offset = 0;
  std::size_t length = 0;  ///< of "{links.feed}"
};

/// All placeholders in the order they stand.
std::vector<PlaceholderUse> find_placeholders(std::string_view text);

/// Replaces every placeholder by its value, "{links.feed}" by values["links.feed"], and "{{" by "{". What values hold
/// is not expanded again. A name that `values` lacks is an error.
Result<std::string> expand(std::string_view text, const std::map<std::string, std::string>& values);

/// All texts, lists and maps of texts among the parameters. Other values are kept.
Result<Params> expand(const Params& params, const std::map<std::string, std::string>& values);

/// Replaces the placeholders that `values` has and leaves everything else as it is, "{{" too: for a first pass.
std::string expand_known(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace stormproof
