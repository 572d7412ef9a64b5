#include "harness/history/json_lines.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

std::string line_of(const Event& event) {
  std::string line;
  append_json_line(event.view(), line);
  return line;
}

std::string trouble_of(std::string_view line) {
  EventView event;
  std::string storage;
  return parse_json_line(line, event, storage);
}

Event parsed(std::string_view line) {
  EventView event;
  std::string storage;
  EXPECT_EQ(parse_json_line(line, event, storage), "") << line;
  return Event(event);
}

TEST(JsonLines, AreWrittenAsDocumented) {
  Event event;
  event.t = Nanos(1'204'331'000);
  event.type = EventType::ok;
  event.id = "o-17";
  event.key = "c-3";
  event.seq = 17;
  event.by = "source";
  EXPECT_EQ(line_of(event),
            "{\"t\":1.204331,\"type\":\"ok\",\"op\":\"send\",\"id\":\"o-17\",\"key\":\"c-3\",\"seq\":17,\"by\":"
            "\"source\"}\n");
  event = {};
  event.type = EventType::note;
  event.detail = "a \"b\" \\ \x01\xff\xC3\xA9\n";
  EXPECT_EQ(line_of(event),
            "{\"t\":0,\"type\":\"note\",\"detail\":\"a \\\"b\\\" \\\\ \\u0001\\udcff\xC3\xA9\\u000a\"}\n");
}

TEST(JsonLines, ForeignSpellingsAreUnderstood) {
  const Event event = parsed(
      R"( { "extra" : {"a":[1,{"b":"}"}]}, "seq" : "7", "id" : 12345678901234567890, "key" : 3, "type" : "effect", "ts":null, "t" : 15e-1 } )");
  EXPECT_EQ(event.id, "12345678901234567890");
  EXPECT_EQ(event.key, "3");
  EXPECT_EQ(event.seq, 7);
  EXPECT_EQ(event.t, Nanos(1'500'000'000));
  EXPECT_EQ(parsed(R"({"type":"effect","id":"\u00e9\ud83d\ude00\/\t"})").id, "\xC3\xA9\xF0\x9F\x98\x80/\t");
  EXPECT_EQ(parsed(R"({"type":"note","t":0.1234567891})").t, Nanos(123'456'789));
  EXPECT_EQ(parsed(R"({"type":"note","t":-2.5})").t, Nanos(-2'500'000'000));
}

TEST(JsonLines, OtherOperationsBecomeNotes) {
  const Event event = parsed(R"({"type":"ok","op":"read","id":"x"})");
  EXPECT_EQ(event.type, EventType::note);
  EXPECT_EQ(event.detail, "ok of another operation: read");
}

TEST(JsonLines, EveryMistakeHasItsSentence) {
  const std::pair<const char*, const char*> rows[] = {
      {"hello", "is not a JSON object"},
      {"[1]", "is not a JSON object"},
      {"{}", "has no \"type\""},
      {R"({"id":"a"})", "has no \"type\""},
      {R"({"type":"read","id":"a"})", "has the unknown type \"read\""},
      {R"({"type":7})", "has the unknown type \"7\""},
      {R"({"type":"ok"})", "has no \"id\""},
      {R"({"type":"effect","id":""})", "has no \"id\""},
      {R"({"type":"ok","id":["a"]})", "has a \"id\" that is not text"},
      {R"({"type":"ok","id":"a","seq":1.5})", "has a \"seq\" that is not a whole number"},
      {R"({"type":"ok","id":"a","seq":99999999999999999999})", "has a \"seq\" that is not a whole number"},
      {R"({"type":"ok","id":"a","t":"now"})", "has a \"t\" that is not a time in seconds"},
      {R"({"type":"ok","id":"a","t":1e300})", "has a \"t\" that is not a time in seconds"},
      {R"({"type":"ok","id":"a","t":99999999999})", "has a \"t\" that is not a time in seconds"},
      {R"({"type":"ok","id":"a"} x)", "has text behind the object"},
      {R"({"type":"ok","id":"a)", "is not valid JSON at column 21"},
      {R"({"type":"ok","id":"\ud800"})", "is not valid JSON at column 26"},
      {R"({"type":"ok","id":"\x"})", "is not valid JSON at column 22"},
      {R"({"type":"ok",})", "is not valid JSON at column 14"},
      {R"({"type":"ok","a":[1})", "is not valid JSON at column 20"},
      {R"({"type":"ok","a":tru})", "is not valid JSON at column 21"},
      {R"({"type" "ok"})", "is not valid JSON at column 9"},
  };
  for (const auto& [line, expected] : rows) EXPECT_EQ(trouble_of(line), expected) << line;
}

TEST(JsonLines, DamagedLinesAreCountedAndTheFirstIsNamed) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << "\xEF\xBB\xBF{\"type\":\"invoke\",\"id\":1}\r\n"
                                    "\n"
                                    "{\"type\":\"ok\",\"id\":1\n"
                                    "{\"type\":\"effect\",\"id\":1}\n"
                                    "what?\n";
  std::vector<Event> events;
  const auto report = read_history(dir / "h.jsonl", [&](const EventView& event) { events.emplace_back(event); });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(events.size(), 2U);
  EXPECT_EQ(report->describe(),
            "the history is damaged, 24 bytes dropped in 2 lines: line 3 is not valid JSON at column 20");
  EXPECT_FALSE(report->torn_tail);
}

TEST(JsonLines, TornLastLineIsATornTail) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << "{\"type\":\"invoke\",\"id\":1}\n{\"type\":\"ok\",\"i";
  const auto report = read_history(dir / "h.jsonl", [](const EventView&) {});
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->torn_tail);
  EXPECT_EQ(report->events, 1U);
  std::ofstream(dir / "h.jsonl") << "{\"type\":\"invoke\",\"id\":1}\n{\"type\":\"ok\",\"id\":1}";
  const auto whole = read_history(dir / "h.jsonl", [](const EventView&) {});
  EXPECT_TRUE(whole->complete());
  EXPECT_EQ(whole->events, 2U);
}

TEST(JsonLines, EndlessLineIsSkippedInBoundedMemory) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << "{\"type\":\"invoke\",\"id\":1}\n{\"id\":\"" << std::string(3U << 20U, 'x')
                                 << "\"}\n"
                                 << "{\"type\":\"ok\",\"id\":1}\n";
  const auto report = read_history(dir / "h.jsonl", [](const EventView&) {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->events, 2U);
  EXPECT_EQ(report->damage, "line 2 is longer than 1 MiB");
}

TEST(JsonLines, ExportCarriesTheDamageAlong) {
  const TempDir dir;
  std::ofstream(dir / "h.jsonl") << "{\"type\":\"invoke\",\"id\":1}\nwhat?\n";
  std::ostringstream out;
  ASSERT_TRUE(export_json_lines(dir / "h.jsonl", out).ok());
  EXPECT_EQ(
      out.str(),
      "{\"t\":0,\"type\":\"invoke\",\"op\":\"send\",\"id\":\"1\"}\n"
      "{\"t\":0,\"type\":\"note\",\"id\":\"unknown\",\"by\":\"harness\",\"detail\":\"the history is damaged, 5 bytes "
      "dropped in 1 line: line 2 is not a JSON object\"}\n");
}

}  // namespace
}  // namespace stormproof
