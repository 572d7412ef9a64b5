/// Any bytes as a history of another program, in each format: read, judged, and what was understood as our lines is the
/// same again. What the formats share is here, each is a program of its own (STORMPROOF_FUZZ_FORMAT).
#include "harness/foreign/foreign.h"

#include <cstdlib>

#include "harness/check/checker.h"
#include "harness/check/invariant_list.h"
#include "harness/foreign/csv_reader.h"
#include "harness/foreign/edn_reader.h"
#include "harness/foreign/id_list.h"
#include "harness/foreign/json_reader.h"
#include "harness/foreign/kafka_reader.h"
#include "harness/history/json_lines.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/memory_file.h"

namespace stormproof {

namespace {

constexpr std::string_view kFormat = STORMPROOF_FUZZ_FORMAT;

FieldMap nested_map() {
  FieldMap map;
  map.fields[Field::id] = "payload.id";
  map.types["S"] = "send";
  map.time_unit = TimeUnit::ms;
  return map;
}

std::unique_ptr<EventSource> open_format(const std::uint8_t* data, std::size_t size) {
  ByteWindow in(memory_file(data, size));
  if (kFormat == "csv") return std::make_unique<CsvReader>(std::move(in), "", FieldMap{});
  if (kFormat == "edn") return std::make_unique<EdnReader>(std::move(in), "");
  if (kFormat == "kafka") return std::make_unique<KafkaReader>(std::move(in), "f", "consumer");
  if (kFormat == "ids") return std::make_unique<IdList>(std::move(in), "", IdListRole::sent);
  return std::make_unique<JsonReader>(std::move(in), "", nested_map());
}

/// One event a line, whatever it holds: a reader that hands out what cannot be stored would lose it later.
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
  if (kFormat == "csv") {
    return {"time,event,id,key,seq,by\n0.010,sent,o-1,c-1,1,shop\n0.030,received,o-1,c-1,1,\"the \"\"ledger\"\"\"\n",
            "t;type;id;stage;offset\r\n2026-11-20T22:13:58.1+01:00;effect;\"a\nb\";queue;7\r\n1e3;invoke;a;;-1\r\n"};
  }
  if (kFormat == "edn") {
    return {
        "{:type :invoke, :f :enqueue, :value 1, :process 0, :time 1}\n{:type :ok, :f :drain, :value [1 [2 3]], "
        ":process 0}\n",
        "[#jepsen.history.Op{:type :invoke, :process 0, :f :read, :value nil}\n {:type :ok, :process 0,\n :f :read, "
        ":value "
        "#{1 \"two\" \\c}}]\n",
        "{:type :ok, :f :txn, :value [[:send 5 [1 2]] [:poll {5 [[0 1]]}]], :process 1, :time 4000000}\n",
        "{:type :info, :f :start-partition, :value nil, :process :nemesis} ; comment\n"};
  }
  if (kFormat == "kafka") {
    return {
        "{\"timestamp\":1600000000100,\"name\":\"producer_send_success\",\"key\":null,\"value\":\"0\",\"topic\":\"t\","
        "\"partition\":0,\"offset\":0}\n{\"timestamp\":1600000000150,\"name\":\"record_data\",\"value\":\"0\","
        "\"topic\":\"t\","
        "\"partition\":0,\"offset\":0}\n",
        "{\"name\":\"producer_send_error\",\"value\":\"4\",\"exception\":\"class a.RecordTooLargeException\"}\n"
        "{\"name\":\"records_consumed\",\"partitions\":[{\"count\":1}]}\n"};
  }
  if (kFormat == "ids") return {"a\nb\n\n c d \n", "1\n2\n2\n"};
  return {
      "{\"t\":1,\"type\":\"S\",\"payload\":{\"id\":17}}\n{\"time\":2,\"type\":\"effect\",\"payload\":{\"id\":"
      "\"\\u00e9\"},"
      "\"offset\":4}\n"};
}

std::vector<std::string> fuzz_words() {
  return {",",
          ";",
          "\"",
          "\"\"",
          "\n",
          "\r\n",
          "{:type :ok",
          ":value [",
          "#{",
          "#_",
          "[[:send 1 2]]",
          "{",
          "}",
          "]",
          "effect",
          "received",
          "send",
          "nil",
          "\\",
          ":time ",
          "-1",
          "9223372036854775807",
          "1e30",
          "\"name\":",
          "null",
          "2026-11-20T22:13:58Z",
          "record_data",
          "\"offset\":",
          ":f :read",
          ":process :nemesis"};
}

}  // namespace stormproof

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stormproof;
  static const auto kSpecs = parse_invariant_list("exactly_once,ordered_log,in_order,conserved,latency").value();
  (void)detect_format(std::string_view(reinterpret_cast<const char*>(data), size));
  const auto source = open_format(data, size);
  Checker checker(kSpecs, {});
  const auto report = read_foreign(*source, [&](const EventView& event) {
    must_survive(event);
    checker.on_event(event);
  });
  if (!report) return 0;
  if (checker.finish(*report).verdict == Verdict::pass && !report->complete()) std::abort();
  return 0;
}
