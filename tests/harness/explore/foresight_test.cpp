#include "harness/explore/foresight.h"

#include <gtest/gtest.h>

#include "harness/explore/generator.h"
#include "tests/harness/explore/sample_topology.h"

namespace stormproof {
namespace {

using Kind = TriggerSpec::Kind;
using std::chrono::milliseconds;

/// The sample works for 1 s on 1000 messages; "feed" carries 300000 bytes in the first 500 ms.
struct Outlook {
  ScenarioFile file = read_sample();
  Census census = sample_census();
  Palette palette = *make_palette(file.cells.at(0), test_kinds());
  Foresight foresight{palette, census};

  bool plausible(std::vector<FaultSpec> faults) const { return foresight.plausible({std::move(faults), 0}); }
};

TriggerSpec at_effects(std::int64_t count) {
  TriggerSpec when;
  when.kind = Kind::effects;
  when.count = count;
  return when;
}
TriggerSpec after(const std::string& fault, Nanos delay = {}) {
  TriggerSpec when;
  when.kind = Kind::after;
  when.fault = fault;
  when.delay = delay;
  return when;
}
TriggerSpec on_line(const std::string& process, const std::string& pattern, std::int64_t occurrence = 1) {
  TriggerSpec when;
  when.kind = Kind::log;
  when.target = process;
  when.pattern = pattern;
  when.occurrence = occurrence;
  return when;
}
TriggerSpec on_link(Kind kind, std::int64_t count) {
  TriggerSpec when;
  when.kind = kind;
  when.link = "feed";
  when.count = count;
  return when;
}

FaultSpec kill(const std::string& target, TriggerSpec when, Nanos restart = milliseconds(100)) {
  FaultSpec fault;
  fault.kind = "kill";
  fault.name = "kill " + target;
  fault.target = target;
  fault.when = std::move(when);
  fault.restart = restart;
  return fault;
}
FaultSpec on_feed(const std::string& kind, TriggerSpec when, Nanos lasts = milliseconds(100)) {
  FaultSpec fault;
  fault.kind = fault.name = kind;
  fault.link = "feed";
  fault.when = std::move(when);
  fault.lasts = lasts;
  return fault;
}

TEST(Foresight, CountsBeyondWhatTheProbeSawAreNotReached) {
  const Outlook outlook;
  EXPECT_TRUE(outlook.plausible({kill("client/0", at_effects(900))}));
  EXPECT_FALSE(outlook.plausible({kill("client/0", at_effects(1000))}));
  EXPECT_FALSE(outlook.plausible({kill("client/0", on_link(Kind::bytes, 299000))}));
}

TEST(Foresight, OnItsOwnLinkAFaultCountsTheDirectionItStrikes) {
  const Outlook outlook;
  FaultSpec fault = on_feed("latency", on_link(Kind::bytes, 100000));
  EXPECT_TRUE(outlook.plausible({fault}));
  fault.direction = Direction::upstream;
  EXPECT_FALSE(outlook.plausible({fault}));
}

TEST(Foresight, ALinkFaultIsFeltWhileSomethingFlows) {
  const Outlook outlook;
  EXPECT_TRUE(outlook.plausible({on_feed("latency", at_effects(300))}));
  EXPECT_FALSE(outlook.plausible({on_feed("latency", at_effects(800))}));
}

TEST(Foresight, WhatComesBackMakesTheLinkBusyAgain) {
  const Outlook outlook;
  const FaultSpec killed = kill("client", at_effects(800), milliseconds(100));
  EXPECT_TRUE(outlook.plausible({killed, on_feed("latency", after(killed.name, milliseconds(50)), milliseconds(400))}));
  EXPECT_FALSE(outlook.plausible({killed, on_feed("latency", after(killed.name, milliseconds(5)), milliseconds(50))}));
}

TEST(Foresight, NothingIsFeltOnALinkWhoseServerIsDown) {
  const Outlook outlook;
  const FaultSpec killed = kill("server", at_effects(100), milliseconds(300));
  EXPECT_FALSE(outlook.plausible({killed, on_feed("latency", at_effects(200), milliseconds(100))}));
}

TEST(Foresight, AProcessThatIsDownCannotBeKilledAgain) {
  const Outlook outlook;
  const FaultSpec first = kill("client/0", at_effects(300), milliseconds(200));
  FaultSpec second = kill("client/0", at_effects(400));
  second.name = "again";
  EXPECT_FALSE(outlook.plausible({first, second}));
  second.target = "client";  // the other replica is up
  EXPECT_TRUE(outlook.plausible({first, second}));
  second.target = "client/0";
  second.when = at_effects(900);
  EXPECT_TRUE(outlook.plausible({first, second}));
}

TEST(Foresight, ALineOfTheStartComesAgainOnlyWithTheProcess) {
  const Outlook outlook;
  const FaultSpec fault = kill("client/1", on_line("client/0", "at work as [0-9]+"));
  EXPECT_FALSE(outlook.plausible({fault}));
  EXPECT_TRUE(outlook.plausible({kill("client/0", at_effects(300)), fault}));
  EXPECT_TRUE(outlook.plausible({kill("client/1", on_line("client/0", "took over [0-9]+", 2))}));
  EXPECT_FALSE(outlook.plausible({kill("client/1", on_line("client/0", "took over [0-9]+", 4))}));
}

TEST(Foresight, ALineOfTheEndNeedsSomebodyWhoAsksForIt) {
  const Outlook outlook;
  const FaultSpec fault = kill("client/1", on_line("server/0", "handing over"));
  FaultSpec stopped = kill("server", at_effects(300));
  EXPECT_FALSE(outlook.plausible({stopped, fault}));
  stopped.kind = "term";
  EXPECT_TRUE(outlook.plausible({stopped, fault}));
}

TEST(Foresight, ExitsAndOrdersNeedTheOtherFault) {
  const Outlook outlook;
  TriggerSpec exits;
  exits.kind = Kind::exits;
  exits.target = "server/0";
  exits.count = 1;
  EXPECT_FALSE(outlook.plausible({kill("client/0", exits)}));
  EXPECT_TRUE(outlook.plausible({kill("server", at_effects(100)), kill("client/0", exits)}));
  EXPECT_FALSE(outlook.plausible({kill("client/0", after("nobody"))}));
  EXPECT_FALSE(outlook.plausible({kill("client/0", after("kill client/0"))}));
}

TEST(Foresight, ChainsAreFollowedInAnyOrder) {
  const Outlook outlook;
  const std::vector<FaultSpec> faults{kill("client/0", after("kill server", milliseconds(20))),
                                      kill("server", at_effects(100))};
  const std::vector<Foreseen> seen = outlook.foresight.of({faults, 0});
  EXPECT_EQ(seen[0].parent, 1U);
  EXPECT_EQ(seen[1].from, milliseconds(100));
  EXPECT_EQ(seen[0].from, milliseconds(120));
  EXPECT_EQ(seen[0].to, milliseconds(220));
}

TEST(Foresight, WhoeverWaitsForAnotherEndlesslyNeverStrikes) {
  const Outlook outlook;
  const std::vector<FaultSpec> faults{kill("client/0", after("kill client/1")),
                                      kill("client/1", after("kill client/0"))};
  for (const Foreseen& one : outlook.foresight.of({faults, 0})) EXPECT_FALSE(one.strikes);
}

/// What the drawing is for: where nothing surprising happens, everything that is drawn strikes something.
TEST(Foresight, FreshSchedulesArePlausible) {
  const Outlook outlook;
  const ScheduleGenerator generator(outlook.palette, outlook.census);
  std::size_t full = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Schedule schedule = generator.draw(seed, 100);
    EXPECT_TRUE(outlook.foresight.plausible(schedule)) << to_text(schedule);
    full += schedule.faults.size() == outlook.palette.max_faults ? 1 : 0;
  }
  EXPECT_GT(full, 30U);
}

}  // namespace
}  // namespace stormproof
