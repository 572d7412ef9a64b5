/// Histories of Jepsen: one operation map a line, or a vector of them, or printed over several lines:
///   {:type :ok, :f :send, :value 7, :process 3, :time 12, :index 9}
/// `:f` says what an operation is: send, enqueue, add, produce, publish, push, put, insert, write or broadcast sends a
/// message; dequeue, drain, receive, consume, take, pop, deliver or poll receives some; read sees a whole set (the last
/// that is ok counts); txn, send and poll may hold micro-operations as Jepsen's Kafka test writes them. `:time` is in
/// nanoseconds. Operations of a process that is no number (`:nemesis`) are faults: start-X and kill, pause, corrupt
/// inject, stop-X, heal, resume and start heal.
#pragma once

#include <map>
#include <optional>

#include "harness/foreign/edn.h"
#include "harness/foreign/line_source.h"

namespace stormproof {

class EdnReader final : public LineSource {
 public:
  EdnReader(ByteWindow in, std::string name) : LineSource(std::move(in), std::move(name)) {}

 protected:
  std::string parse(std::string_view line, Yield& out) override;
  bool closes(std::string_view line) override;
  bool begins_record(std::string_view line) const override;
  void forget_record() override { depth_.reset(); }
  void finish(Yield& out) override;

 private:
  struct Op {
    EventType type = EventType::invoke;
    std::string_view f;
    const Edn* value = nullptr;
    Nanos t = Nanos::min();
    std::string_view by;
  };
  std::string operation(const Edn& map, Yield& out);
  void nemesis(const Op& op, Yield& out);
  void send(const Op& op, Yield& out);
  void receive(const Op& op, Yield& out);
  void read(const Op& op, Yield& out);
  bool micro_operations(const Op& op, Yield& out);
  void message(const Op& op, EventType type, const Edn* key, const Edn& value, const Edn* offset, Yield& out);

  struct FinalRead {
    std::vector<std::string> ids;
    std::string by;
    Nanos began{};
    Nanos t{};
  };
  EdnDepth depth_;
  std::map<std::string, Nanos> reading_;  // by process: when its read began
  std::optional<FinalRead> final_read_;
};

}  // namespace stormproof
