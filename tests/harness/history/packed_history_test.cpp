/// The second version of the binary history, and the quick looks at both formats that the checker's fast way takes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "harness/history/batch_reader.h"
#include "harness/history/binary_reader.h"
#include "harness/history/history_packer.h"
#include "harness/history/json_lines.h"
#include "harness/history/json_plain.h"
#include "harness/history/line_chunks.h"
#include "harness/history/message_code.h"
#include "harness/history/wide_id.h"
#include "tests/harness/history/random_event.h"
#include "tests/support/plain_history.h"

namespace stormproof {
namespace {

std::vector<Event> read_all(const std::string& bytes, ReadReport& report) {
  std::vector<Event> events;
  TextSource source(bytes);
  ByteWindow in(source);
  const auto read = read_binary(in, [&](const EventView& event) { events.emplace_back(event); });
  if (read) report = *read;
  return events;
}

std::vector<Event> run_of(int messages, const std::string& prefix) {
  std::vector<Event> events;
  for (int i = 0; i < 2 * messages; ++i) {
    Event event;
    event.t = Nanos(i * 1000);
    event.type = i % 2 == 0 ? EventType::invoke : EventType::ok;
    event.id = prefix + std::to_string(i / 2);
    event.by = "source";
    events.push_back(std::move(event));
  }
  return events;
}

RC_GTEST_PROP(PackedHistory, KeepsEveryEvent, (std::uint64_t seed)) {
  Rng rng(seed);
  std::vector<Event> events = plain_history(rng, rng.between(0, 300));
  for (std::int64_t n = rng.between(0, 5); n > 0; --n) {
    Event event = random_event(rng);
    const auto place = rng.between(0, static_cast<std::int64_t>(events.size()));
    event.t = place == 0 ? Nanos{} : events[static_cast<std::size_t>(place) - 1].t;
    events.insert(events.begin() + place, std::move(event));
  }
  ReadReport report;
  RC_ASSERT(read_all(as_packed(events), report) == events);
  RC_ASSERT(report.complete());
  RC_ASSERT(report.events == events.size());
}

TEST(PackedHistory, ARunOfNumbersTakesEightBytesAnEvent) {
  EXPECT_LT(as_packed(run_of(50'000, "order-")).size(), std::size_t{100'000} * 8 + 10'000);
}

TEST(PackedHistory, LongGapsAndPrefixesThatLookLikeNumbersSurvive) {
  std::vector<Event> events = run_of(40, "m-00");
  events.back().t += std::chrono::hours(30'000);
  ReadReport report;
  EXPECT_EQ(read_all(as_packed(events), report), events);
}

TEST(PackedHistory, AFlippedByteCostsOneBlock) {
  const std::vector<Event> events = run_of(10'000, "m-");
  std::string bytes = as_packed(events);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ReadReport report;
  const std::size_t left = read_all(bytes, report).size();
  EXPECT_FALSE(report.complete());
  EXPECT_NE(report.damage.find("wrong checksum"), std::string::npos) << report.damage;
  EXPECT_GE(left, events.size() - 2100);
  EXPECT_LT(left, events.size());
}

TEST(PackedHistory, ATornTailIsCounted) {
  std::string bytes = as_packed(run_of(10'000, "m-"));
  bytes.resize(bytes.size() - 200);
  ReadReport report;
  EXPECT_GT(read_all(bytes, report).size(), 10'000U);
  EXPECT_TRUE(report.torn_tail);
}

TEST(PackedHistory, ATimeBeforeTheStartIsRefused) {
  HistoryPacker packer([](const unsigned char*, std::size_t) { return Status::success(); });
  Event event;
  event.t = Nanos(-1);
  const Status status = packer.add(event.view());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "an event lies before the start of the history: its time is negative");
}

RC_GTEST_PROP(Batches, HoldWhatTheHistoryHolds, (std::uint64_t seed)) {
  Rng rng(seed);
  const std::vector<Event> events = plain_history(rng, rng.between(0, 300));
  for (const std::string& bytes : {as_json_lines(events), as_packed(events)}) {
    TextSource source(bytes);
    std::size_t next = 0;
    bool same = true;
    const auto report = read_batches(source, 2, [&](Batch& batch) {
      auto other = batch.others.begin();
      for (std::size_t i = 0; i <= batch.plain.size(); ++i) {
        for (; other != batch.others.end() && other->before == i; ++other) same &= other->event == events[next++];
        if (i == batch.plain.size()) break;
        const PlainEvent& plain = batch.plain[i];
        const Event& event = events[next++];
        same &= plain.t == event.t.count() && plain.type() == event.type && plain.code() == code_of(event.id);
      }
      return true;
    });
    RC_ASSERT(report.ok());
    RC_ASSERT(same);
    RC_ASSERT(next == events.size());
  }
}

TEST(Batches, LinesWithoutATimeHaveThatOfTheLineBefore) {
  std::string text;
  for (int i = 0; i < 60'000; ++i) {
    const std::string time = i % 20'000 == 7 ? "\"t\":" + std::to_string(i) + "," : "";
    text += "{" + time + "\"type\":\"invoke\",\"id\":" + std::to_string(i) + "}\n";
  }
  std::int64_t number = 0;
  TextSource source(text);
  const auto report = read_batches(source, 3, [&](Batch& batch) {
    for (const PlainEvent& event : batch.plain) {
      const std::int64_t since = number < 7 ? 0 : (number - 7) / 20'000 * 20'000 + 7;
      EXPECT_EQ(event.t, since * 1'000'000'000) << number;
      ++number;
    }
    return !::testing::Test::HasFailure();
  });
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(number, 60'000);
}

RC_GTEST_PROP(PlainJson, TakesALineOnlyWhereTheParserSaysTheSame, (std::uint64_t seed)) {
  Rng rng(seed);
  std::string line;
  append_json_line(random_event(rng).view(), line);
  line.pop_back();
  static constexpr std::string_view kBytes = "{}\":,. \t\r\\0179-etnull";
  for (std::int64_t n = rng.between(0, 3); n > 0; --n) {
    const auto at = static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(line.size()) - 1));
    const char byte = kBytes[static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(kBytes.size()) - 1))];
    line.replace(at, rng.chance(0.5) ? 0 : 1, 1, byte);
  }
  const std::string padded = line + std::string(LineChunk::kSlack, '"');
  EventView quick;
  if (!parse_plain_json(std::string_view(padded).substr(0, line.size()), quick)) return;
  EventView event;
  std::string storage;
  RC_ASSERT(parse_json_line(line, event, storage) == "");
  RC_ASSERT(Event(quick) == Event(event));
}

TEST(PlainJson, TakesWhatProgramsUsuallyWrite) {
  for (const std::string line : {R"({"t":1.5,"type":"effect","id":"m-1","by":"store"})",
                                 R"({ "id" : 17, "extra": "x", "type" : "ok", "seq": -4, "t": 0 })",
                                 R"({"time":17,"process":3,"type":"invoke","id":9,"op":"send"})"}) {
    const std::string padded = line + std::string(LineChunk::kSlack, ' ');
    EventView event;
    EXPECT_TRUE(parse_plain_json(std::string_view(padded).substr(0, line.size()), event)) << line;
  }
}

TEST(MessageCode, TellsAllIdsApart) {
  std::set<std::pair<std::uint64_t, std::uint64_t>> codes;
  std::set<std::string> ids{"",
                            "0",
                            "00",
                            "m-",
                            "m-0",
                            "m-00",
                            "m-007",
                            "m-07",
                            "m-7",
                            "m-1",
                            "m-17",
                            "m-117",
                            "999999999999999",
                            "1000000000000000",
                            "0999999999999999",
                            "some/longer/prefix-1",
                            "some/longer/prefix-01",
                            "some/longer/prefix-",
                            "0123456789abcdef0123456789abcdef"};
  Rng rng(4);
  for (int i = 0; i < 20'000; ++i) {
    std::string id;
    for (std::int64_t n = rng.between(1, 20); n > 0; --n) id += "0017a-\n\xFF"[rng.between(0, 7)];
    ids.insert(id);
  }
  for (const std::string& id : ids) {
    const MessageCode code = code_of(id);
    EXPECT_EQ(code.b & 7U, 0U);
    EXPECT_TRUE(codes.emplace(code.a, code.b).second) << id;
  }
}

TEST(MessageCode, APrefixIsTheWholeOfWhatStandsBeforeTheNumber) {
  EXPECT_EQ(code_of("m-17"), (MessageCode{17, *code_of_prefix("m-")}));
  EXPECT_EQ(code_of("m-017"), (MessageCode{17, *code_of_prefix("m-0")}));
  EXPECT_EQ(code_of("message-00017"), (MessageCode{17, *code_of_prefix("message-000")}));
  EXPECT_EQ(code_of_prefix("m-1"), std::nullopt);
  EXPECT_EQ(code_of_prefix("m-10"), std::nullopt);
  EXPECT_EQ(code_of_prefix("message-1-"), std::nullopt);
}

/// Also where the digits of the text are few, so that its end may be a number behind a prefix.
RC_GTEST_PROP(MessageCode, OfAWideIdIsThatOfItsText, (std::uint64_t seed)) {
  Rng rng(seed);
  const IdForm form = rng.chance(0.5) ? IdForm::hex : IdForm::uuid;
  const double digits = rng.chance(0.5) ? 0.6 : 0.02;
  WideId id{};
  for (unsigned char& byte : id) {
    const auto nibble = [&] {
      return static_cast<unsigned>(rng.chance(digits) ? rng.between(0, 9) : rng.between(10, 15));
    };
    byte = static_cast<unsigned char>(nibble() << 4U | nibble());
  }
  if (rng.chance(0.3)) std::fill(id.begin(), id.begin() + rng.between(0, 16), 0);
  std::array<char, 40> text{};
  const std::string_view written = wide_id_text(form, id.data(), text.data());
  RC_ASSERT(code_of_wide(form, id.data()) == code_of(written));
  WideId read{};
  RC_ASSERT(wide_form(written.size()) == form);
  RC_ASSERT(parse_wide_id(written, form, read.data()));
  RC_ASSERT(read == id);
}

TEST(WideId, TakesLowerCaseHexOnly) {
  WideId id{};
  EXPECT_TRUE(parse_wide_id("0123456789abcdef0123456789abcdef", IdForm::hex, id.data()));
  EXPECT_FALSE(parse_wide_id("0123456789abcdeF0123456789abcdef", IdForm::hex, id.data()));
  EXPECT_FALSE(parse_wide_id("0123456789abcdef0123456789abcde/", IdForm::hex, id.data()));
  EXPECT_FALSE(parse_wide_id("0123456789abcdef0123456789abcde:", IdForm::hex, id.data()));
  EXPECT_FALSE(parse_wide_id("`123456789abcdef0123456789abcdef", IdForm::hex, id.data()));
  EXPECT_FALSE(parse_wide_id("0123456789abcdeg0123456789abcdef", IdForm::hex, id.data()));
  EXPECT_FALSE(
      parse_wide_id("0123456789abcdef\xff"
                    "123456789abcdef",
                    IdForm::hex, id.data()));
  EXPECT_TRUE(parse_wide_id("01234567-89ab-cdef-0123-456789abcdef", IdForm::uuid, id.data()));
  EXPECT_FALSE(parse_wide_id("01234567-89ab-cdef-0123+456789abcdef", IdForm::uuid, id.data()));
}

}  // namespace
}  // namespace stormproof
