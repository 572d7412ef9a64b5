#include "harness/proxy/json_value.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <cmath>
#include <cstring>

#include "harness/proxy/go_address.h"

namespace stormproof {
namespace {

JsonValue sound(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value.ok()) << text << ": " << (value.ok() ? "" : value.error().message);
  return value.ok() ? *value : JsonValue();
}

TEST(GoJson, OnlyTheFirstValueIsRead) {
  EXPECT_EQ(sound("{\"a\":1} and more").find("a")->text, "1");
  EXPECT_EQ(sound("  7 8").text, "7");
  EXPECT_EQ(sound("[] ]").kind, JsonValue::Kind::array);
}

TEST(GoJson, NamesAreFoundInAnyCaseAndTheLastOneCounts) {
  const JsonValue value = sound(R"({"Listen":"a","LISTEN":"b"})");
  EXPECT_EQ(value.find("listen")->text, "b");
  EXPECT_EQ(value.find("listens"), nullptr);
}

TEST(GoJson, NumbersKeepTheirTextSoThatOnlyWholeOnesAreWhole) {
  EXPECT_EQ(as_int64(sound("100")), 100);
  EXPECT_EQ(as_int64(sound("-9223372036854775808")), INT64_MIN);
  EXPECT_EQ(as_int64(sound("9223372036854775808")), std::nullopt);
  EXPECT_EQ(as_int64(sound("100.0")), std::nullopt);
  EXPECT_EQ(as_int64(sound("1e2")), std::nullopt);
  EXPECT_EQ(as_int64(sound("\"1\"")), std::nullopt);
  EXPECT_EQ(as_double(sound("1e-2")), 0.01);
  EXPECT_EQ(as_double(sound("1e-400")), 0.0);
  EXPECT_EQ(parse_json("1e400").error().message, "number overflow parsing '1e400'");
  EXPECT_EQ(as_double(sound("true")), std::nullopt);
}

TEST(GoJson, WhatIsNoJsonIsRefusedInOneSentence) {
  EXPECT_EQ(parse_json("").error().message, "EOF");
  EXPECT_EQ(parse_json(" \r\n\t").error().message, "EOF");
  for (const char* text : {"{", "[1,", "\"a", "nul", "NaN", "Infinity", "-", "{1:2}", "{\"a\"}", "\x80", "\"\xff\""}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value.ok()) << text;
    EXPECT_NE(value.error().message, "") << text;
    EXPECT_EQ(value.error().message.find('\n'), std::string::npos) << text;
  }
}

TEST(GoJson, NestingAndNumberOfValuesAreBounded) {
  EXPECT_TRUE(parse_json(std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']')).ok());
  EXPECT_EQ(parse_json(std::string(1'000'000, '[')).error().message, "exceeded max depth");
  std::string many = "[0";
  for (std::size_t i = 0; i < kJsonValuesMax; ++i) many += ",0";
  EXPECT_EQ(parse_json(many + ']').error().message, "more than 200000 values");
}

TEST(GoJson, TextsAreEscapedAsGoDoes) {
  std::string json;
  append_go_string(json, "<a>&\"\\\n\r\t\x01/\xC3\xA4\xE2\x80\xA8\xE2\x80\xA9\xE2\x82\xAC");
  EXPECT_EQ(json, "\"\\u003ca\\u003e\\u0026\\\"\\\\\\n\\r\\t\\u0001/\xC3\xA4\\u2028\\u2029\xE2\x82\xAC\"");
}

TEST(GoJson, Float32IsPrintedShortest) {
  const std::pair<float, const char*> cases[] = {{1.0F, "1"},
                                                 {0.5F, "0.5"},
                                                 {0.1F, "0.1"},
                                                 {0.0F, "0"},
                                                 {-1.0F, "-1"},
                                                 {7.0F, "7"},
                                                 {1e-6F, "0.000001"},
                                                 {1e-7F, "1e-7"},
                                                 {1e21F, "1e+21"},
                                                 {1e20F, "100000000000000000000"},
                                                 {3.4028235e38F, "3.4028235e+38"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(go_float32(value), text);
}

RC_GTEST_PROP(GoJson, ATextThatWasWrittenReadsBackTheSame, (const std::string& ascii)) {
  std::string text;
  for (const char c : ascii) text += static_cast<char>(c & 0x7f);
  std::string json;
  append_go_string(json, text);
  RC_ASSERT(sound(json).text == text);
}

RC_GTEST_PROP(GoJson, AFloatThatWasWrittenReadsBackTheSame, (std::uint32_t bits)) {
  float value = 0;
  static_assert(sizeof value == sizeof bits);
  std::memcpy(&value, &bits, sizeof bits);
  RC_PRE(std::isfinite(value));
  RC_ASSERT(static_cast<float>(*as_double(sound(go_float32(value)))) == value);
}

TEST(GoAddress, IsResolvedAsGoPrintsIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "[::]:0"},           {":80", "[::]:80"},  {"localhost:80", "127.0.0.1:80"}, {"127.0.0.1:0", "127.0.0.1:0"},
      {"[::1]:80", "[::1]:80"}, {"host:", "host:0"}, {"unix:/tmp/x", "unix:/tmp/x"}};
  for (const auto& [text, resolved] : cases) EXPECT_EQ(resolve_listen(text).value(), resolved) << text;
}

TEST(GoAddress, MistakesAreToldInGosWords) {
  const std::pair<const char*, const char*> cases[] = {{"local373", "address local373: missing port in address"},
                                                       {":99999", "address 99999: invalid port"},
                                                       {":-1", "address -1: invalid port"},
                                                       {":http", "address http: invalid port"},
                                                       {"::1:80", "address ::1:80: too many colons in address"},
                                                       {"[::1", "address [::1: missing ']' in address"},
                                                       {"[::1]", "address [::1]: missing port in address"},
                                                       {"[::1]x:1", "address [::1]x:1: too many colons in address"}};
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(resolve_listen(text).error().message, message);
    EXPECT_EQ(check_upstream(text).error().message, message);
  }
}

}  // namespace
}  // namespace stormproof
