#include "targets/stream/server/dataset.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <fstream>

#include "harness/base/rng.h"
#include "targets/stream/common/digest.h"
#include "tests/support/temp_dir.h"

namespace streams {
namespace {

Dataset read(const std::string& text) {
  const stormproof::TempDir dir;
  std::ofstream(dir / "dataset.jsonl") << text;
  return read_dataset(dir / "dataset.jsonl");
}

TEST(Dataset, GroupsByStreamAndSortsBySequence) {
  const Dataset dataset = read(R"({"id":"b","key":"s-1","seq":2,"payload":"x","digest":"d","poison":"client"}
{"id":"a","key":"s-1","seq":1,"payload":"","digest":""}

{"id":"c","key":"s-2","seq":1,"payload":"y","digest":"e"})");
  ASSERT_EQ(dataset.size(), 2U);
  ASSERT_EQ(dataset.at("s-1").size(), 2U);
  EXPECT_EQ(dataset.at("s-1")[0].id, "a");
  EXPECT_EQ(dataset.at("s-1")[1].poison, "client");
  EXPECT_EQ(dataset.at("s-2")[0].payload, "y");
}

TEST(Dataset, SaysWhichLineIsWrong) {
  for (const char* line : {"{", "[]", "7", R"({"id":"a","key":"s","seq":"one","payload":"","digest":""})"}) {
    try {
      read(std::string("\n") + line);
      FAIL() << line;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("dataset.jsonl:2: "), std::string::npos) << error.what();
    }
  }
}

RC_GTEST_PROP(Dataset, AnyTextIsReadOrRefused, (const std::string& text)) {
  try {
    read(text);
  } catch (const std::runtime_error&) {
  }
}

RC_GTEST_PROP(Digest, IsTheOneTheHarnessExpects, (const std::string& payload)) {
  RC_ASSERT(digest_of(payload) == fmt::format("{:016x}", stormproof::hash64(payload)));
}

}  // namespace
}  // namespace streams
