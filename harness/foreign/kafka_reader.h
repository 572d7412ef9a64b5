/// What kafka-verifiable-producer and kafka-verifiable-consumer --verbose print: one JSON object a line with `name`
/// saying what it is. The message is named by its value, the log is "TOPIC-PARTITION", the offset is the sequence and
/// "offset=N" in the detail.
#pragma once

#include "harness/foreign/json_reader.h"

namespace stormproof {

/// A line either tool prints.
bool looks_like_kafka(std::string_view line);

class KafkaReader final : public LineSource {
 public:
  /// `who`: the consumer's (or producer's) name in the history; the file's name will do.
  KafkaReader(ByteWindow in, std::string name, std::string who)
      : LineSource(std::move(in), std::move(name)), who_(std::move(who)) {}

 protected:
  std::string parse(std::string_view line, Yield& out) override;
  void finish(Yield& out) override;

 private:
  struct Record;
  std::string record(const Record& record, Yield& out);

  std::string who_;
  std::vector<JsonMember> members_;
  bool records_ = false;    // record_data lines were there
  bool summaries_ = false;  // records_consumed lines were there
};

}  // namespace stormproof
