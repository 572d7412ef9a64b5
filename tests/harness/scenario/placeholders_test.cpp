#include "harness/scenario/placeholders.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace stormproof {
namespace {

const std::map<std::string, std::string> kValues = {
    {"self", "client/0"}, {"links.feed", "127.0.0.1:1"}, {"brace", "{self}"}};

TEST(Placeholders, AreReplacedOnce) {
  EXPECT_EQ(*expand("--self={self} {links.feed}{links.feed}", kValues), "--self=client/0 127.0.0.1:1127.0.0.1:1");
  EXPECT_EQ(*expand("{brace}", kValues), "{self}");
}

TEST(Placeholders, BracesThatBeginNoNameAreLiteral) {
  for (const char* literal : {"", "{", "}", "{}", "{\"a\": 1}", "a{2,3}", "{ self }", "{self", "${self}", "{1}"}) {
    EXPECT_EQ(*expand(literal, kValues), literal);
    EXPECT_TRUE(find_placeholders(literal).empty());
  }
  EXPECT_EQ(*expand("{{self}", kValues), "{self}");
  EXPECT_EQ(*expand("awk '{{print}'", kValues), "awk '{print}'");
}

TEST(Placeholders, AnUnknownNameIsAnErrorThatSaysWhich) {
  const Result<std::string> failed = expand("x {links.fed} y", kValues);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "unknown placeholder '{links.fed}' in 'x {links.fed} y'");
  EXPECT_EQ(failed.error().code, ErrorCode::usage);
}

TEST(Placeholders, ListsAndMapsOfParamsAreExpandedAndOtherValuesKept) {
  Params params;
  params.set("path", ParamValue(std::string("{self}.db")));
  params.set("argv", ParamValue(std::vector<std::string>{"a", "{self}"}));
  params.set("env", ParamValue(TextMap{{"A", "{links.feed}"}}));
  params.set("count", ParamValue(std::int64_t{3}));
  const Result<Params> expanded = expand(params, kValues);
  ASSERT_TRUE(expanded.ok());
  EXPECT_EQ(expanded->text("path"), "client/0.db");
  EXPECT_EQ(expanded->list("argv")[1], "client/0");
  EXPECT_EQ(expanded->map("env").at("A"), "127.0.0.1:1");
  EXPECT_EQ(expanded->integer("count"), 3);
}

TEST(Placeholders, AFirstPassKeepsWhatItDoesNotKnow) {
  EXPECT_EQ(expand_known("{self} {other} {{self}", kValues), "client/0 {other} {{self}");
}

RC_GTEST_PROP(PlaceholdersProperty, EscapedTextExpandsToItself, (const std::string& text)) {
  std::string escaped;
  for (const char c : text) escaped += c == '{' ? std::string("{{") : std::string(1, c);
  const Result<std::string> expanded = expand(escaped, {});
  RC_ASSERT(expanded.ok());
  RC_ASSERT(*expanded == text);
}

}  // namespace
}  // namespace stormproof
