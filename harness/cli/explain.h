/// check --explain ID: one message's whole life, with the faults and processes around it; for one that never took
/// effect also when its neighbours in its key did.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/model/event.h"
#include "harness/model/verdict.h"

namespace stormproof {

class Explanation {
 public:
  explicit Explanation(std::string id) : id_(std::move(id)) {}

  /// Every event of the history, in order. Memory: what concerns the message, and the faults.
  void on_event(const EventView& event);
  bool found() const { return found_; }

  /// `invariants`: what the check of the whole history found.
  std::string text(const std::vector<InvariantResult>& invariants) const;
  /// One object on one line: id, key, seq, outcome, effects, events, anomalies.
  std::string json(const std::vector<InvariantResult>& invariants) const;

 private:
  bool own(const EventView& event) const;
  bool beside(const EventView& event) const;
  std::size_t effects() const;
  std::vector<Event> life() const;
  std::string outcome() const;
  std::string summary() const;

  std::string id_;
  bool found_ = false;
  std::string key_;
  std::int64_t seq_ = EventView::kNoSeq;
  std::vector<Event> own_;
  std::vector<Event> around_;      // faults and processes, in order
  std::vector<Event> neighbours_;  // effects of the messages before and after it in its key
};

}  // namespace stormproof
