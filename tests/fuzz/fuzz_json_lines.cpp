/// Any bytes as JSON lines: read, judged, and what was understood survives being written and read again. Read in
/// batches, by the shapes of lines, they say the same.
#include <cstdlib>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/history/batch_reader.h"
#include "harness/history/binary_reader.h"
#include "harness/history/json_lines.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/memory_file.h"

namespace stormproof {

namespace {

void must_survive(const EventView& event) {
  std::string line;
  append_json_line(event, line);
  line.pop_back();
  EventView again;
  std::string storage;
  if (!parse_json_line(line, again, storage).empty()) std::abort();
  if (Event(again) != Event(event)) std::abort();
}

void must_be_the_same_in_batches(const std::uint8_t* data, std::size_t size, const std::vector<PlainEvent>& expected) {
  if (looks_binary(data, size)) return;
  FdSource source(memory_file(data, size));
  std::size_t next = 0;
  const auto read = read_batches(source, 1, [&](Batch& batch) {
    for (const PlainEvent& event : batch.plain) {
      if (next == expected.size()) std::abort();
      const PlainEvent& same = expected[next++];
      if (event.t != same.t || event.a != same.a || event.b != same.b) std::abort();
    }
    return true;
  });
  if (read && next != expected.size()) std::abort();
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      "{\"t\":1.204331,\"type\":\"ok\",\"op\":\"send\",\"id\":\"o-17\",\"key\":\"c-3\",\"seq\":17,\"by\":\"source\"}\n",
      "{\"type\":\"invoke\",\"id\":1}\n{\"type\":\"ok\",\"id\":1}\n{\"type\":\"effect\",\"id\":1,\"digest\":\"aa\"}\n",
      "{\"t\":0.5,\"type\":\"invoke\",\"id\":\"m-1\"}\n{\"t\":10.25,\"type\":\"ok\",\"id\":\"m-22\"}\n",
      "{\"type\":\"note\",\"by\":\"harness\",\"id\":\"unknown\",\"detail\":\"a \\\"b\\\" \\u00e9 \\ud83d\\ude00 "
      "\\udcff\"}\n",
      "{\"x\":{\"a\":[1,2,{\"b\":\"}\"}]},\"type\":\"process\",\"by\":\"client/0\",\"id\":\"exited\",\"seq\":-1e3}\n",
      "{\"t\":15e-1,\"type\":\"effect\",\"id\":null,\"seq\":\"7\"}"};
}

std::vector<std::string> fuzz_words() {
  return {"\"type\":", "\"id\":",    "\"t\":", "\"seq\":", "\\u",  "\\ud83d\\ude00",
          "\\udc80",   "effect",     "invoke", "{",        "}",    "[",
          "]",         "\"",         "\\",     ",",        "null", "-1.5e3",
          "\n",        "0.000000001"};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  static const auto kSpecs = parse_invariant_list("exactly_once,in_order:stream,no_gaps").value();
  ByteWindow in(memory_file(data, size));
  Checker checker(kSpecs, {});
  std::vector<PlainEvent> plain;
  const std::function<void(const EventView&)> on_event = [&](const EventView& event) {
    must_survive(event);
    checker.on_event(event);
    if (is_plain(event.type)) {
      const MessageCode code = code_of(event.id);
      plain.push_back({event.t.count(), code.a, code.b | static_cast<std::uint64_t>(event.type)});
    }
  };
  const auto report = read_json_lines(in, on_event);
  if (!report) return 0;
  must_be_the_same_in_batches(data, size, plain);
  if (checker.finish(*report).verdict == Verdict::pass && !report->complete()) std::abort();
  return 0;
}
