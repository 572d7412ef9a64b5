#include "harness/foreign/kafka_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/base/text.h"

namespace stormproof {

namespace {

constexpr std::array<std::string_view, 10> kNames{
    "producer_send_success", "producer_send_error", "record_data",      "records_consumed",  "partitions_assigned",
    "partitions_revoked",    "offsets_committed",   "startup_complete", "shutdown_complete", "tool_data"};

/// 140 years.
constexpr std::int64_t kMillisMost = 4'500'000'000'000;

/// Exceptions that are thrown before anything is sent, or that say that the broker stored nothing.
constexpr std::array<std::string_view, 6> kRefusals{"RecordTooLargeException",   "SerializationException",
                                                    "InvalidTopicException",     "TopicAuthorizationException",
                                                    "InvalidTimestampException", "RecordBatchTooLargeException"};

bool is_number(std::string_view text, std::int64_t& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

struct KafkaReader::Record {
  std::string_view name, value, topic, partition, offset, exception, timestamp;
};

bool looks_like_kafka(std::string_view line) {
  Yield keep;
  const auto name = json_at(line, "name", keep);
  return name && std::find(kNames.begin(), kNames.end(), *name) != kNames.end();
}

std::string KafkaReader::parse(std::string_view line, Yield& out) {
  if (line.find_first_not_of(" \t") != std::string_view::npos && line[line.find_first_not_of(" \t")] != '{') {
    return "is not a JSON object";  // what the JVM says in between is no part of the history, but who knows?
  }
  if (!json_members(line, members_, out)) return "is not a JSON object";
  Record record;
  for (const JsonMember& member : members_) {
    if (member.nested || member.null) continue;
    if (member.name == "name") record.name = member.value;
    if (member.name == "value") record.value = member.value;
    if (member.name == "topic") record.topic = member.value;
    if (member.name == "partition") record.partition = member.value;
    if (member.name == "offset") record.offset = member.value;
    if (member.name == "exception") record.exception = member.value;
    if (member.name == "timestamp") record.timestamp = member.value;
  }
  return this->record(record, out);
}

std::string KafkaReader::record(const Record& record, Yield& out) {
  if (record.name.empty()) return "has no name";
  EventView event;
  event.t = Nanos::min();
  if (std::int64_t millis = 0; is_number(record.timestamp, millis) && millis >= 0 && millis < kMillisMost) {
    event.t = Nanos(millis * 1'000'000);
  }
  event.by = who_;
  const bool success = record.name == "producer_send_success";
  const bool error = record.name == "producer_send_error";
  const bool received = record.name == "record_data";
  if (!success && !error && !received) {
    if (std::find(kNames.begin(), kNames.end(), record.name) == kNames.end()) {
      return "has the unknown name \"" + printable(record.name.substr(0, 40)) + "\"";
    }
    summaries_ = summaries_ || record.name == "records_consumed";
    event.type = EventType::note;
    event.id = record.name == "partitions_assigned" ? "assigned" : record.name;
    out.add(event);
    return {};
  }
  if (record.value.empty()) return "has no value";
  event.id = record.value;
  std::int64_t offset = 0;
  if (!error) {
    if (record.topic.empty() || record.partition.empty() || !is_number(record.offset, offset)) {
      return "has no topic, partition and offset";
    }
    event.key = out.keep(std::string(record.topic) + "-" + std::string(record.partition));
    event.seq = offset;
    event.detail = out.keep("offset=" + std::string(record.offset));
  }
  if (received) {
    records_ = true;
    event.type = EventType::effect;
    out.add(event);
    return {};
  }
  event.type = EventType::invoke;
  out.add(event);
  event.type = EventType::ok;
  if (error) {
    const bool refused = std::any_of(kRefusals.begin(), kRefusals.end(), [&](std::string_view refusal) {
      return record.exception.find(refusal) != std::string_view::npos;
    });
    event.type = refused ? EventType::fail : EventType::info;
    event.detail = record.exception;
  }
  out.add(event);
  return {};
}

void KafkaReader::finish(Yield& out) {
  if (!summaries_ || records_) return;
  EventView note;
  note.t = Nanos::min();
  note.type = EventType::note;
  note.id = "unknown";
  note.by = "harness";
  note.detail = out.keep(who_ + " does not say which records it consumed: start the consumer with --verbose");
  out.add(note);
}

}  // namespace stormproof
