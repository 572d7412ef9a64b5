/// The config file of `stormproof proxy`: Toxiproxy's JSON (a list of proxies, toxics included) or the same as TOML.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/proxy/toxic_kinds.h"

namespace stormproof {

enum class ConfigFormat { json, toml };

/// A mistake and where it is: `line` 0 when that is not known (JSON).
struct ConfigMistake {
  int line = 0;
  std::string text;
};

/// By the end of its name: ".toml" is TOML, all else JSON.
ConfigFormat config_format(std::string_view path);

/// All proxies, or all mistakes. Beyond what POST /populate checks, addresses must be sound, a name and an address may
/// stand there once, and in TOML every key must be known.
std::variant<std::vector<ProxySpec>, std::vector<ConfigMistake>> read_config(std::string_view text, ConfigFormat format,
                                                                             const ToxicKinds& kinds);

}  // namespace stormproof
