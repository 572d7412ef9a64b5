/// Any bytes as JSON lines: read, judged, and what was understood survives being written and read again.
#include <cstdlib>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
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

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      "{\"t\":1.204331,\"type\":\"ok\",\"op\":\"send\",\"id\":\"o-17\",\"key\":\"c-3\",\"seq\":17,\"by\":\"source\"}\n",
      "{\"type\":\"invoke\",\"id\":1}\n{\"type\":\"ok\",\"id\":1}\n{\"type\":\"effect\",\"id\":1,\"digest\":\"aa\"}\n",
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
  const std::function<void(const EventView&)> on_event = [&](const EventView& event) {
    must_survive(event);
    checker.on_event(event);
  };
  const auto report = read_json_lines(in, on_event);
  if (!report) return 0;
  if (checker.finish(*report).verdict == Verdict::pass && !report->complete()) std::abort();
  return 0;
}
