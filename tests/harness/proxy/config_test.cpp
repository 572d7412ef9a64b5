// Mistakes in config files: tests/golden/proxy_config/CASE/{input.json or input.toml, expected.txt}.
#include "harness/proxy/config.h"

#include <gtest/gtest.h>

#include "harness/proxy/documents.h"
#include "tests/harness/proxy/recorded_kinds.h"
#include "tests/support/golden.h"

namespace stormproof {
namespace {

namespace fs = std::filesystem;

/// The proxies as JSON, one a line, or the mistakes.
std::string told(const fs::path& file) {
  const ToxicKinds kinds(recorded_kinds());
  const auto config = read_config(read_file(file), config_format(file.string()), kinds);
  std::string text;
  if (const auto* proxies = std::get_if<std::vector<ProxySpec>>(&config)) {
    for (const ProxySpec& proxy : *proxies) {
      append_proxy(text, proxy);
      text += '\n';
    }
    return text;
  }
  for (const ConfigMistake& mistake : std::get<std::vector<ConfigMistake>>(config)) {
    text += file.filename().string();
    if (mistake.line > 0) text += ':' + std::to_string(mistake.line);
    text += ": " + mistake.text + '\n';
  }
  return text;
}

TEST(ProxyConfig, EachFileIsReadAsTheGoldenCaseSays) {
  for (const fs::path& directory : golden_cases("proxy_config")) {
    SCOPED_TRACE(directory.filename().string());
    const fs::path json = directory / "input.json";
    expect_golden(directory / "expected.txt", told(fs::exists(json) ? json : directory / "input.toml"));
  }
}

TEST(ProxyConfig, WhatTomlAndJsonSayIsTheSame) {
  const fs::path cases = fs::path(STORMPROOF_SOURCE_DIR) / "tests/golden/proxy_config";
  EXPECT_EQ(told(cases / "sound_toml/input.toml"), told(cases / "sound_json/input.json"));
}

}  // namespace
}  // namespace stormproof
