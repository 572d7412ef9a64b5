#include "harness/explore/features.h"

#include <gtest/gtest.h>

#include "harness/explore/census.h"
#include "harness/explore/corpus.h"

namespace stormproof {
namespace {

class Told {
 public:
  explicit Told(std::uint64_t messages) : collector_({{"k", "kill"}, {"p", "pause"}}, messages) {}
  Told& event(EventType type, const std::string& id, const std::string& by, const std::string& key = "",
              const std::string& detail = "") {
    collector_.add(
        {.t = std::chrono::milliseconds(++now_), .type = type, .id = id, .key = key, .by = by, .detail = detail});
    return *this;
  }
  std::set<std::string> features() { return collector_.take(); }

 private:
  FeatureCollector collector_;
  int now_ = 0;
};

TEST(Features, TellBeforeSendFromSentUnacked) {
  EXPECT_EQ(Told(0).event(EventType::inject, "k", "k").features().count("kill before any effect"), 1U);
  const auto features = Told(0).event(EventType::invoke, "m", "source").event(EventType::inject, "k", "k").features();
  EXPECT_EQ(features.count("kill with messages sent and not acknowledged"), 1U);
}

TEST(Features, TellAcknowledgedFromStored) {
  const auto acked = Told(0)
                         .event(EventType::invoke, "m", "source")
                         .event(EventType::ok, "m", "source")
                         .event(EventType::inject, "k", "k")
                         .features();
  EXPECT_EQ(acked.count("kill with messages acknowledged and not stored"), 1U);
  const auto stored = Told(0)
                          .event(EventType::invoke, "m", "source")
                          .event(EventType::effect, "m", "client/0", "s")
                          .event(EventType::inject, "k", "k")
                          .features();
  EXPECT_EQ(stored.count("kill with messages stored and not acknowledged"), 1U);
}

TEST(Features, SeeRecoveryAndHandOver) {
  Told told(10);
  told.event(EventType::effect, "a", "client/0", "s")
      .event(EventType::inject, "k", "k")
      .event(EventType::process, "exited", "client/0", "", "Error signal=9")
      .event(EventType::inject, "p", "p")
      .event(EventType::heal, "p", "p")
      .event(EventType::process, "ready", "client/0")
      .event(EventType::inject, "p", "p")
      .event(EventType::effect, "b", "client/1", "s");
  const auto features = told.features();
  EXPECT_EQ(features.count("pause while client is down"), 1U);
  EXPECT_EQ(features.count("pause during hand-over"), 1U);
  EXPECT_EQ(features.count("pause while client recovers"), 1U);
  EXPECT_EQ(features.count("taken over under kill pause"), 1U);
  EXPECT_EQ(features.count("client exited Error signal=# under kill"), 1U);
}

TEST(Features, SeeOverlapAndOrder) {
  Told told(10);
  told.event(EventType::inject, "p", "p").event(EventType::inject, "k", "k").event(EventType::heal, "p", "p");
  const auto features = told.features();
  EXPECT_EQ(features.count("kill during pause"), 1U);
  EXPECT_EQ(features.count("kill after pause"), 1U);
  EXPECT_EQ(features.count("pause after kill"), 0U);
}

TEST(LogForms, ForgetNumbersAndMatchTheirLines) {
  EXPECT_EQ(line_form("took 12 streams of client/0@4711 (ok)"), "took # streams of client/#@# (ok)");
  EXPECT_EQ(form_pattern("took # (ok)"), "took [0-9]+ \\(ok\\)");
  EXPECT_EQ(line_form(std::string("a\tb")), "a?b");
  EXPECT_EQ(form_pattern("a?b"), "a.b");
  EXPECT_EQ(line_form(std::string(500, 'x')).size(), 80U);
}

Schedule named(const std::string& name) {
  FaultSpec fault;
  fault.name = fault.kind = name;
  return {{fault}, 0};
}

TEST(Corpus, KeepsWhatReachedSomethingNew) {
  Corpus corpus;
  EXPECT_EQ(corpus.add(named("a"), {"x", "y"}), 2U);
  EXPECT_EQ(corpus.add(named("b"), {"x"}), 0U);
  EXPECT_EQ(corpus.add(named("c"), {"x", "z"}), 1U);
  EXPECT_EQ(corpus.schedules(), 2U);
  EXPECT_EQ(corpus.features(), 3U);
}

TEST(Corpus, PrefersRareFeatures) {
  Corpus corpus;
  corpus.add(named("common"), {"x"});
  corpus.add(named("rare"), {"z"});
  for (int i = 0; i < 20; ++i) corpus.add(named("again"), {"x"});
  Rng rng(1);
  const Schedule* first = corpus.choose(rng);
  ASSERT_NE(first, nullptr);
  int rare = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Corpus copy = corpus;
    Rng own(seed);
    rare += copy.choose(own)->faults[0].name == "rare" ? 1 : 0;
  }
  EXPECT_GT(rare, 75);
}

TEST(Corpus, OneThatWasChosenOftenStepsBack) {
  Corpus corpus;
  corpus.add(named("a"), {"x"});
  corpus.add(named("b"), {"y"});
  Rng rng(7);
  std::map<std::string, int> chosen;
  for (int i = 0; i < 200; ++i) ++chosen[corpus.choose(rng)->faults[0].name];
  EXPECT_NEAR(chosen["a"], 100, 20);
}

}  // namespace
}  // namespace stormproof
