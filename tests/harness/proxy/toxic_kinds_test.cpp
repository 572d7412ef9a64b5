#include "harness/proxy/toxic_kinds.h"

#include <gtest/gtest.h>

#include "harness/proxy/documents.h"
#include "tests/harness/proxy/recorded_kinds.h"

namespace stormproof {
namespace {

using namespace std::chrono_literals;

/// What a toxic's document makes the link do.
class Effect : public ::testing::Test {
 protected:
  const FaultSpec& of(const std::string& document) {
    const auto toxic = read_toxic(*parse_json(document), kinds_);
    EXPECT_TRUE(std::holds_alternative<ToxicSpec>(toxic)) << document;
    const auto& spec = std::get<ToxicSpec>(toxic);
    fault_ = *make_toxic(*kinds_.find(spec.type), spec, "link", 42);
    return dynamic_cast<QuietFault&>(*fault_).planned.spec;
  }

  ToxicKinds kinds_{recorded_kinds()};
  std::shared_ptr<LinkFault> fault_;
};

TEST_F(Effect, ToxiproxysUnitsAreOurs) {
  EXPECT_EQ(of(R"({"type":"latency","attributes":{"latency":100,"jitter":20}})").params.duration("latency"), 100ms);
  EXPECT_EQ(of(R"({"type":"latency","attributes":{"latency":100,"jitter":20}})").params.duration("jitter"), 20ms);
  EXPECT_EQ(of(R"({"type":"bandwidth","attributes":{"rate":10}})").params.size("rate"), 10'000U);
  EXPECT_EQ(of(R"({"type":"slow_close","attributes":{"delay":7}})").params.duration("delay"), 7ms);
  EXPECT_EQ(of(R"({"type":"timeout","attributes":{"timeout":7}})").params.duration("timeout"), 7ms);
  EXPECT_EQ(of(R"({"type":"reset_peer","attributes":{"timeout":7}})").params.duration("timeout"), 7ms);
  EXPECT_EQ(of(R"({"type":"limit_data","attributes":{"bytes":7}})").params.size("bytes"), 7U);
  const std::string slicer = R"({"type":"slicer","attributes":{"average_size":64,"size_variation":8,"delay":10}})";
  EXPECT_EQ(of(slicer).params.size("size"), 64U);
  EXPECT_EQ(of(slicer).params.size("variation"), 8U);
  EXPECT_EQ(of(slicer).params.duration("delay"), 10us);
  EXPECT_EQ(of(R"({"type":"packet_loss"})").params.number("loss_rate"), 0.1);
}

TEST_F(Effect, StreamToxicityNameAndChanceArriveAtTheFault) {
  const FaultSpec& spec = of(R"({"type":"latency","stream":"UPSTREAM","toxicity":0.5,"name":"x"})");
  EXPECT_EQ(spec.direction, Direction::upstream);
  EXPECT_EQ(spec.probability, 0.5);
  EXPECT_EQ(spec.name, "x");
  EXPECT_EQ(spec.link, "link");
  EXPECT_EQ(dynamic_cast<QuietFault&>(*fault_).planned.stream, 42U);
  EXPECT_EQ(of(R"({"type":"latency","toxicity":7})").probability, 1.0);
  EXPECT_EQ(of(R"({"type":"latency","toxicity":-1})").probability, 0.0);
}

TEST_F(Effect, NumbersThatMakeNoSenseBecomeTheNearestThatDo) {
  const Nanos longest = std::chrono::hours(24 * 365 * 10);
  const std::string huge = "9223372036854775807";
  const std::string low = "-9223372036854775808";
  EXPECT_EQ(of(R"({"type":"latency","attributes":{"latency":)" + low + "}}").params.duration("latency"), 0ms);
  EXPECT_EQ(of(R"({"type":"latency","attributes":{"latency":)" + huge + "}}").params.duration("latency"), longest);
  EXPECT_EQ(of(R"({"type":"latency","attributes":{"jitter":)" + huge + "}}").params.duration("jitter"), longest);
  EXPECT_EQ(of(R"({"type":"slicer","attributes":{"delay":)" + huge + "}}").params.duration("delay"), longest);
  EXPECT_EQ(of(R"({"type":"bandwidth","attributes":{"rate":-1}})").params.size("rate"), 0U);
  EXPECT_EQ(of(R"({"type":"bandwidth","attributes":{"rate":)" + huge + "}}").params.size("rate"), 1'000'000'000'000U);
  EXPECT_EQ(of(R"({"type":"limit_data","attributes":{"bytes":-5}})").params.size("bytes"), 0U);
  EXPECT_EQ(of(R"({"type":"packet_loss","attributes":{"loss_rate":7}})").params.number("loss_rate"), 1.0);
  EXPECT_EQ(of(R"({"type":"packet_loss","attributes":{"loss_rate":-7}})").params.number("loss_rate"), 0.0);
  // Nothing is cut as long as no size was given.
  EXPECT_EQ(of(R"({"type":"slicer","attributes":{"average_size":0,"size_variation":5}})").params.size("variation"), 0U);
  EXPECT_GE(of(R"({"type":"slicer","attributes":{"average_size":-1}})").params.size("size"), 1ULL << 40U);
}

TEST_F(Effect, OurOwnKindsTakeNumbersAndUnits) {
  EXPECT_EQ(of(R"({"type":"deadline","attributes":{"deadline":250}})").params.duration("deadline"), 250ms);
  EXPECT_EQ(of(R"({"type":"deadline","attributes":{"deadline":0.5}})").params.duration("deadline"), 500us);
  EXPECT_EQ(of(R"({"type":"deadline","attributes":{"deadline":"2s"}})").params.duration("deadline"), 2s);
  EXPECT_EQ(of(R"({"type":"duplicate_bytes","attributes":{"bytes":"1KiB"}})").params.size("bytes"), 1024U);
  EXPECT_EQ(of(R"({"type":"duplicate_bytes","attributes":{"bytes":32}})").params.size("bytes"), 32U);
  EXPECT_EQ(of(R"({"type":"latency","attributes":{"distribution":"normal"}})").params.text("distribution"), "normal");
}

TEST_F(Effect, EveryLinkKindCanBeMade) {
  for (const std::string& name : kinds_.names()) {
    const ToxicType* type = kinds_.find(name);
    ToxicSpec toxic;
    toxic.type = name;
    toxic.attributes = default_attributes(*type);
    const auto made = make_toxic(*type, toxic, "link", 1);
    if (!made) {
      EXPECT_NE(made.error().message.find("is missing"), std::string::npos) << name;
    } else {
      EXPECT_EQ(*made == nullptr, name == "noop") << name;
    }
  }
}

TEST(Attributes, MistakesOfOurKindsNameTheAttribute) {
  const ToxicKinds kinds(recorded_kinds());
  const std::pair<const char*, const char*> cases[] = {
      {R"({"per_byte":"x"})", "'per_byte' must be a probability, not a string"},
      {R"({"per_byte":[1]})", "'per_byte' must be a probability, not a array"},
      {R"({"per_byte":-0.1})", "'per_byte' must be between 0 and 1, not -0.1"},
      {R"({"at":1.5})", "'at' must be a whole number, not a number"},
      {R"({"at":0})", "'at' must be between 1 and 9000000000000000, not 0"},
      {R"({"at":true})", "'at' must be a whole number, not a bool"},
      {R"({"att":1})", "corrupt has no attribute 'att'; did you mean 'at'?"},
      {R"({"zzzzzz":1})", "corrupt has no attribute 'zzzzzz'"}};
  const ToxicType& type = *kinds.find("corrupt");
  for (const auto& [given, message] : cases) {
    Attributes attributes = default_attributes(type);
    const Status merged = merge_attributes(type, *parse_json(given), attributes);
    ASSERT_FALSE(merged.ok()) << given;
    EXPECT_EQ(merged.error().message, message);
  }
}

}  // namespace
}  // namespace stormproof
