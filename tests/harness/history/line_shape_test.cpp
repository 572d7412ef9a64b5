/// Lines taken by their shape say what the parser says of them.
#include "harness/history/line_shape.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "harness/base/rng.h"
#include "harness/history/line_chunks.h"

namespace stormproof {
namespace {

template <class Value>
const Value& pick(Rng& rng, const std::vector<Value>& values) {
  return values[static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(values.size()) - 1))];
}

LineChunk chunk_of(const std::string& text) {
  LineChunk chunk;
  chunk.bytes.assign(text.begin(), text.end());
  // Whatever stands behind the text must not matter.
  chunk.bytes.resize(text.size() + LineChunk::kSlack, text.size() % 2 == 0 ? '0' : '\n');
  chunk.size = text.size();
  return chunk;
}

/// Lines of a few programs, each with its own fields in its own order, now and then with something unusual.
class LineMaker {
 public:
  explicit LineMaker(Rng& rng) : rng_(rng) {
    std::vector<std::string> names{"t", "type", "id", "by", "seq", "key", "digest", "detail", "op", "extra", "count"};
    for (std::int64_t i = names.size(); i > 1; --i) {
      std::swap(names[static_cast<std::size_t>(i) - 1], names[static_cast<std::size_t>(rng.between(0, i - 1))]);
    }
    for (const std::string& name : names) {
      if (name == "type" || name == "id" || rng.chance(0.5)) names_.push_back(name);
    }
    space_ = pick(rng, std::vector<std::string>{"", "", " ", "  "});
    end_ = pick(rng, std::vector<std::string>{"\n", "\n", "\r\n", " \n"});
    texts_ = rng.chance(0.5);
  }

  std::string line() {
    std::string line = "{";
    for (const std::string& name : names_) {
      if (line.size() > 1) line += "," + space_;
      line += "\"" + name + "\":" + space_ + value(name);
    }
    if (rng_.chance(0.02)) line += ",\"id\":\"again\"";
    if (rng_.chance(0.02)) return line + end_;
    return line + "}" + end_;
  }

 private:
  std::string number() {
    const std::int64_t digits = rng_.between(1, 18);
    std::string text = std::to_string(rng_.between(0, 9));
    while (static_cast<std::int64_t>(text.size()) < digits) text += std::to_string(rng_.between(0, 9));
    return rng_.chance(0.05) ? "-" + text : text;
  }
  std::string value(const std::string& name) {
    if (rng_.chance(0.02))
      return pick(rng_, std::vector<std::string>{"null", "true", "\"\"", "\"a\\nb\"", "1e3", "1.", "[]"});
    if (name == "t") return std::to_string(rng_.between(0, 99)) + "." + number();
    if (name == "count" || name == "seq") return number();
    if (name == "type") {
      return "\"" + pick(rng_, std::vector<std::string>{"invoke", "ok", "effect", "info", "fail", "note", "okay"}) +
             "\"";
    }
    if (name == "op") return rng_.chance(0.95) ? "\"send\"" : "\"read\"";
    if (name == "detail") return rng_.chance(0.1) ? "\"witness=a b\"" : "\"detail\"";
    if (name == "id" && !texts_) return rng_.chance(0.9) ? std::to_string(rng_.between(0, 100'000)) : number();
    if (name == "id") {
      return "\"" + pick(rng_, std::vector<std::string>{"m-", "m-", "m-0", "d0e0c0e061b07941593410d4ce298e", "é"}) +
             std::to_string(rng_.between(0, 99)) + "\"";
    }
    return "\"" + std::string(static_cast<std::size_t>(rng_.between(0, 40)), 'x') + "\"";
  }

  Rng& rng_;
  std::vector<std::string> names_;
  std::string space_;
  std::string end_;
  bool texts_ = false;
};

std::string some_lines(Rng& rng) {
  std::vector<LineMaker> programs;
  for (std::int64_t n = rng.between(1, 9); n > 0; --n) programs.emplace_back(rng);
  std::string text;
  for (std::int64_t n = rng.between(1, 200); n > 0; --n) {
    text +=
        rng.chance(0.01)
            ? "\n"
            : programs[static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(programs.size()) - 1))].line();
  }
  if (rng.chance(0.3)) text.resize(text.size() - static_cast<std::size_t>(rng.between(0, 10)));
  return text;
}

bool same(const ChunkReport& a, const ChunkReport& b) {
  return a.lines == b.lines && a.events == b.events && a.damaged_lines == b.damaged_lines && a.damage == b.damage &&
         a.damaged_bytes == b.damaged_bytes && a.damage_line == b.damage_line && a.torn_tail == b.torn_tail &&
         a.last == b.last;
}

RC_GTEST_PROP(LineShapes, SayWhatTheParserSays, (std::uint64_t seed)) {
  Rng rng(seed);
  const LineChunk chunk = chunk_of(some_lines(rng));
  Batch expected;
  const ChunkReport parsed = parse_chunk(chunk, Nanos(5), [&](const EventView& event) { expected.add(event); });
  LineShapes shapes;
  for (int round = 0; round < 2; ++round) {  // in the second one the shapes are known from the start
    Batch batch;
    RC_ASSERT(same(parse_chunk(chunk, Nanos(5), shapes, batch), parsed));
    RC_ASSERT(batch.plain.size() == expected.plain.size());
    for (std::size_t i = 0; i < batch.plain.size(); ++i) {
      RC_ASSERT(batch.plain[i].t == expected.plain[i].t);
      RC_ASSERT(batch.plain[i].a == expected.plain[i].a);
      RC_ASSERT(batch.plain[i].b == expected.plain[i].b);
    }
    RC_ASSERT(batch.others.size() == expected.others.size());
    RC_ASSERT(batch.has_seq == expected.has_seq);
    RC_ASSERT(batch.has_digest == expected.has_digest);
    RC_ASSERT(batch.has_witness == expected.has_witness);
  }
}

RC_GTEST_PROP(LineShapes, SkipOnlyWhatIsNotWanted, (std::uint64_t seed)) {
  Rng rng(seed);
  const LineChunk chunk = chunk_of(some_lines(rng));
  const auto wanted = [&](const MessageCode& code) { return (code.a ^ seed) % 3 == 0; };
  std::vector<Event> expected;
  const auto keep = [&](std::vector<Event>& to, const EventView& event) {
    if (!is_plain(event.type) || wanted(code_of(event.id))) to.emplace_back(event);
  };
  const ChunkReport parsed = parse_chunk(chunk, Nanos(5), [&](const EventView& event) { keep(expected, event); });
  LineShapes shapes;
  std::vector<Event> found;
  const ChunkReport report =
      parse_chunk(chunk, Nanos(5), shapes, wanted, [&](const EventView& event) { keep(found, event); });
  RC_ASSERT(same(report, parsed));
  RC_ASSERT(found == expected);
}

TEST(LineShapes, FitMostLinesOfAHistory) {
  LineShapes shapes;
  const std::string first = R"({"t":0.5,"type":"invoke","id":"m-1","seq":3,"by":"source"})"
                            "\n";
  std::string line = first + std::string(LineShapes::kSlack, ' ');
  LineShapes::Found found;
  const char* at = line.data();
  EXPECT_FALSE(shapes.match(at, at + first.size(), found));
  EXPECT_EQ(at, line.data());
  shapes.learn(first);
  const std::string second = R"({"t":12.000000017,"type":"effect","id":"m-23456","seq":-12,"by":"another"})"
                             "\n";
  line = second + std::string(LineShapes::kSlack, ' ');
  at = line.data();
  ASSERT_TRUE(shapes.match(at, at + second.size(), found));
  EXPECT_EQ(at, line.data() + second.size());
  EXPECT_EQ(found.t, 12'000'000'017);
  EXPECT_EQ(found.type, EventType::effect);
  EXPECT_EQ(found.code, code_of("m-23456"));
  EXPECT_TRUE(found.seq);
  EXPECT_FALSE(found.digest);
}

}  // namespace
}  // namespace stormproof
