/// Proxies and toxics as the API and the config file name them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/model/scenario.h"
#include "harness/proxy/json_value.h"

namespace stormproof {

/// Attributes in the order in which they are shown; the values are numbers, texts or booleans as they were given.
using Attributes = std::vector<std::pair<std::string, JsonValue>>;

struct ToxicSpec {
  std::string name;
  std::string type;
  std::string stream = "downstream";  ///< as it was written: "DownStream" is shown as such
  Direction direction = Direction::downstream;
  float toxicity = 1;
  Attributes attributes;
};

struct ProxySpec {
  std::string name;
  std::string listen;  ///< the resolved address once it listened
  std::string upstream;
  bool enabled = true;
  std::vector<ToxicSpec> toxics;  ///< as they shall be, upstream and downstream mixed
};

/// What an update changes.
struct ProxyChange {
  std::optional<std::string> listen;
  std::optional<std::string> upstream;
  std::optional<bool> enabled;
};

/// An answer in Toxiproxy's form: one sentence and the HTTP status.
struct ApiError {
  int status = 400;
  std::string text;
};

}  // namespace stormproof
