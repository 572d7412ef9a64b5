#include "tests/calibration/results.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/temp_dir.h"

namespace stormproof::calibration {
namespace {

const Planted& bug(const std::string& name) {
  return *std::find_if(kPlanted.begin(), kPlanted.end(), [&](const Planted& planted) { return planted.bug == name; });
}

Explored found_in(int trial) {
  Explored one;
  one.found = true;
  one.first = one.trials = trial;
  return one;
}
Explored nothing_in(int trials) {
  Explored one;
  one.trials = trials;
  return one;
}

TEST(Ledger, AnInterruptedCampaignGoesOnWhereItWas) {
  const TempDir place;
  {
    Ledger ledger(place / "data" / "results.jsonl");
    ledger.add("a", found_in(7));
    Runs runs;
    runs.judged.push_back({"fail", {"lost"}, "", 1.5});
    ledger.add("b", runs);
  }
  std::ofstream(place / "data" / "results.jsonl", std::ios::app) << R"({"key":"c","explor)";
  const Ledger again(place / "data" / "results.jsonl");
  ASSERT_NE(again.explored("a"), nullptr);
  EXPECT_EQ(again.explored("a")->first, 7);
  ASSERT_NE(again.runs("b"), nullptr);
  EXPECT_TRUE(again.runs("b")->judged.at(0).found("lost"));
  EXPECT_EQ(again.explored("c"), nullptr);
}

TEST(Results, BlindAndGuidedAreComparedOverTheSameSeeds) {
  Ledger ledger;
  const Planted& hard = bug("finish_on_receipt");
  for (int seed = 1; seed <= 3; ++seed) ledger.add(hunt_key(hard, false, seed), found_in(20 * seed));
  for (int seed = 1; seed <= 2; ++seed) ledger.add(hunt_key(hard, true, seed), found_in(10 * seed));
  Settings settings;
  settings.only = {"finish_on_receipt"};
  EXPECT_EQ(seeds_in_both(ledger, hard, 20), 2);
  const std::string text = results_text(ledger, settings);
  EXPECT_NE(
      text.find("| `finish_on_receipt` | explore | 2 of 2 | 30 (20–40) | 0 | 2 of 2 | 15 (10–20) | 0 | **0.50** |"),
      std::string::npos)
      << text;
  EXPECT_NE(
      text.find("Of the 1 bugs that take blind exploration more than ten trials in the median, over 2 or more seeds "
                "each, guided takes **0.50** times as many trials"),
      std::string::npos)
      << text;
}

TEST(Results, WhatWasNotFoundIsNotLeftOut) {
  Ledger ledger;
  const Planted& planted = bug("stale_retry");
  ledger.add(hunt_key(planted, false, 1), found_in(4));
  ledger.add(hunt_key(planted, true, 1), nothing_in(200));
  Settings settings;
  settings.only = {"stale_retry"};
  const std::string text = results_text(ledger, settings);
  EXPECT_NE(text.find("Guided exploration found the bug in 0 of 1 explorations"), std::string::npos) << text;
  EXPECT_NE(text.find("| 0 of 1 | 201 | – |"), std::string::npos) << text;
}

}  // namespace
}  // namespace stormproof::calibration
