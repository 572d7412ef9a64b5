#include "harness/base/units.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace stormproof {
namespace {

using std::chrono::milliseconds;

TEST(Units, DurationsAreReadWithTheirUnit) {
  EXPECT_EQ(*parse_duration("200ms"), milliseconds(200));
  EXPECT_EQ(*parse_duration("1.5s"), milliseconds(1500));
  EXPECT_EQ(*parse_duration("2m"), milliseconds(120000));
}

struct BadRow {
  const char* text;
  const char* message;
  const char* hint;
};

TEST(Units, BadDurationsSayWhatIsWrong) {
  const BadRow rows[] = {
      {"200", "the duration '200' lacks a unit", "one of ns us ms s m h, as in \"200ms\""},
      {"", "'' is not a duration", "write it like \"200ms\""},
      {"fast", "'fast' is not a duration", "write it like \"200ms\""},
      {"-1s", "a duration cannot be negative: '-1s'", ""},
      {"3sec", "unknown unit 'sec' in the duration '3sec'", "use one of ns us ms s m h"},
      {"3mss", "unknown unit 'mss' in the duration '3mss'", "did you mean 'ms'?"},
      {"99999999999h", "the duration '99999999999h' is too large", ""},
      {"nan", "'nan' is not a duration", "write it like \"200ms\""},
      {"inf", "'inf' is not a duration", "write it like \"200ms\""},
  };
  for (const BadRow& row : rows) {
    const auto parsed = parse_duration(row.text);
    ASSERT_FALSE(parsed.ok()) << row.text;
    EXPECT_EQ(parsed.error().message, row.message);
    EXPECT_EQ(parsed.error().hint, row.hint);
  }
}

TEST(Units, SizesAndRates) {
  EXPECT_EQ(*parse_size("64MiB"), 64U << 20U);
  EXPECT_EQ(*parse_size("1KB"), 1000U);
  EXPECT_EQ(*parse_rate("1Mbit/s"), 125000U);
  EXPECT_FALSE(parse_size("64").ok());
  EXPECT_FALSE(parse_rate("1Mbit").ok());
}

RC_GTEST_PROP(Units, PrintedDurationsReadBack, ()) {
  const auto value = Nanos(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000));
  RC_ASSERT(*parse_duration(print_duration(value)) == value);
}

RC_GTEST_PROP(Units, PrintedSizesReadBack, ()) {
  const auto value = *rc::gen::inRange<std::uint64_t>(0, 1ULL << 50U);
  RC_ASSERT(*parse_size(print_size(value)) == value);
}

RC_GTEST_PROP(Units, PrintedRatesReadBack, ()) {
  const auto value = *rc::gen::inRange<std::uint64_t>(0, 1ULL << 50U);
  RC_ASSERT(*parse_rate(print_rate(value)) == value);
}

RC_GTEST_PROP(Units, AnyTextIsAnswered, (const std::string& text)) {
  (void)parse_duration(text);
  (void)parse_size(text);
  (void)parse_rate(text);
}

}  // namespace
}  // namespace stormproof
