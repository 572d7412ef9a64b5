#include "harness/base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace stormproof {
namespace {

TEST(Text, NearestFindsATypo) {
  const std::vector<std::string> kinds{"kill", "pause", "reset_peer", "latency"};
  EXPECT_EQ(nearest("reset_per", kinds), "reset_peer");
  EXPECT_EQ(nearest("kil", kinds), "kill");
  EXPECT_EQ(nearest("something_else", kinds), "");
}

TEST(Text, PrintableEscapesControlCharactersAndBadUtf8) {
  EXPECT_EQ(printable("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(printable("a\x1b[31m"), "a\\x1b[31m");
  EXPECT_EQ(printable("\xFF\xC3"), "\\xff\\xc3");
}

RC_GTEST_PROP(Text, EditDistanceIsSymmetric, (const std::string& a, const std::string& b)) {
  RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
}

RC_GTEST_PROP(Text, JoinUndoesSplit, (const std::string& text)) {
  const auto parts = split(text, 'a');
  RC_ASSERT(join(parts, "a") == text);
}

}  // namespace
}  // namespace stormproof
