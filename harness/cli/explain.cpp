#include "harness/cli/explain.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/base/text.h"

namespace stormproof {

namespace {

constexpr std::size_t kAroundMost = 10'000;

bool is_operation(EventType type) { return type <= EventType::info; }
bool is_fault(EventType type) { return type == EventType::inject || type == EventType::heal; }

std::string seconds(Nanos t) { return fmt::format("{:.3f}s", std::chrono::duration<double>(t).count()); }

std::string words(const Event& event, bool beside) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : " ") + part; };
  if (is_fault(event.type)) add(printable(event.id + (event.key.empty() ? "" : " on " + event.key)));
  if (event.type == EventType::process) add(printable(event.id));
  if (beside) add(fmt::format("of {} (seq {})", printable(event.id), event.seq));
  if (!event.digest.empty()) add("digest " + printable(event.digest));
  if (!event.detail.empty()) add(printable(event.detail));
  return text;
}

std::string_view word_of(const Event& event) {
  return event.type == EventType::note && event.key == "stage" ? "stage" : to_string(event.type);
}

}  // namespace

bool Explanation::own(const EventView& event) const {
  if (event.id != id_) return false;
  return is_operation(event.type) || event.type == EventType::effect ||
         (event.type == EventType::note && event.key == "stage");
}

void Explanation::on_event(const EventView& event) {
  if (own(event)) {
    found_ = true;
    if (key_.empty() && event.type != EventType::note) key_ = event.key;
    if (seq_ == EventView::kNoSeq) seq_ = event.seq;
    own_.emplace_back(event);
    return;
  }
  if (beside(event)) neighbours_.emplace_back(event);
  const bool lives = event.type == EventType::process && (event.id == "exited" || event.id == "started");
  if (!is_fault(event.type) && !lives) return;
  if (around_.size() >= kAroundMost) around_.erase(around_.begin(), around_.begin() + kAroundMost / 2);
  around_.emplace_back(event);
}

bool Explanation::beside(const EventView& event) const {
  constexpr std::size_t kMost = 20;
  if (event.type != EventType::effect || event.key != key_ || neighbours_.size() == kMost) return false;
  if (event.seq == EventView::kNoSeq || seq_ == EventView::kNoSeq || seq_ == INT64_MAX) return false;
  return event.seq == seq_ - 1 || event.seq == seq_ + 1;
}

std::size_t Explanation::effects() const {
  return static_cast<std::size_t>(
      std::count_if(own_.begin(), own_.end(), [](const Event& e) { return e.type == EventType::effect; }));
}

/// The message's events, the faults in force during its life, and what happened to processes in it; by time.
std::vector<Event> Explanation::life() const {
  std::vector<Event> all = own_;
  if (own_.empty()) return all;
  if (effects() == 0) all.insert(all.end(), neighbours_.begin(), neighbours_.end());
  Nanos from = own_.front().t;
  Nanos to = own_.front().t;
  for (const Event& event : all) {
    from = std::min(from, event.t);
    to = std::max(to, event.t);
  }
  std::map<std::pair<std::string, std::string>, const Event*> in_force;
  for (const Event& event : around_) {
    const auto place = std::pair(event.by, event.key);
    if (event.t > to && (event.type != EventType::heal || in_force.count(place) == 0)) continue;
    if (event.type == EventType::inject) {
      in_force[place] = &event;
      if (event.t >= from) all.push_back(event);
    } else if (event.type == EventType::heal) {
      const auto injected = in_force.find(place);
      if (injected == in_force.end()) continue;
      if (event.t >= from && injected->second->t < from) all.push_back(*injected->second);
      if (event.t >= from) all.push_back(event);
      in_force.erase(injected);
    } else if (event.t >= from) {
      all.push_back(event);
    }
  }
  for (const auto& [place, injected] : in_force) {
    if (injected->t < from) all.push_back(*injected);
  }
  std::stable_sort(all.begin(), all.end(), [](const Event& a, const Event& b) { return a.t < b.t; });
  return all;
}

std::string Explanation::outcome() const {
  std::string best = "none";
  int open = 0;
  for (const Event& event : own_) {
    if (event.type == EventType::invoke) ++open;
    if (event.type == EventType::ok) best = "ok";
    if (event.type == EventType::info && best != "ok") best = "info";
    if (event.type == EventType::fail && best == "none") best = "fail";
    if (is_operation(event.type) && event.type != EventType::invoke && open > 0) --open;
  }
  return best != "ok" && open > 0 ? "info" : best;
}

std::string Explanation::summary() const {
  const std::size_t effects = this->effects();
  const auto sends =
      std::count_if(own_.begin(), own_.end(), [](const Event& e) { return e.type == EventType::invoke; });
  const std::string outcome = this->outcome();
  std::string text = outcome == "ok"     ? "acknowledged"
                     : outcome == "fail" ? "failed for certain"
                     : outcome == "info" ? "of unknown outcome"
                                         : "never sent";
  if (sends > 1) text += fmt::format(", sent {} times", sends);
  if (effects == 0) return text + ", no effect";
  return text + (effects == 1 ? ", took effect once" : fmt::format(", took effect {} times", effects));
}

std::string Explanation::text(const std::vector<InvariantResult>& invariants) const {
  std::string out = "message " + printable(id_);
  std::string where;
  if (!key_.empty()) where = "key " + printable(key_);
  if (seq_ != EventView::kNoSeq) where += (where.empty() ? "" : ", ") + fmt::format("seq {}", seq_);
  if (!where.empty()) out += " (" + where + ")";
  out += ": " + summary() + "\n";
  const std::vector<Event> all = life();
  std::size_t width = 0;
  for (const Event& event : all) width = std::max(width, printable(event.by).size());
  for (const Event& event : all) {
    const bool mine = own(event.view());
    std::string line =
        fmt::format("{} {:>10}  {:<{}}  {:<7} {}", mine ? ' ' : '~', seconds(event.t), printable(event.by), width,
                    word_of(event), words(event, !mine && event.type == EventType::effect));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  for (const InvariantResult& result : invariants) {
    for (const Anomaly& anomaly : result.anomalies) {
      if (anomaly.id != id_) continue;
      out += fmt::format("{}: {}{}: {}\n", result.name, anomaly.kind,
                         anomaly.fault.empty() ? "" : ", fault " + printable(anomaly.fault), printable(anomaly.detail));
    }
  }
  return out;
}

std::string Explanation::json(const std::vector<InvariantResult>& invariants) const {
  const auto text = [](const std::string& bytes) { return valid_utf8(bytes); };
  nlohmann::ordered_json out{{"id", text(id_)}};
  if (!key_.empty()) out["key"] = text(key_);
  if (seq_ != EventView::kNoSeq) out["seq"] = seq_;
  out["outcome"] = outcome();
  out["effects"] = effects();
  out["events"] = nlohmann::ordered_json::array();
  for (const Event& event : life()) {
    nlohmann::ordered_json line{{"t", std::chrono::duration<double>(event.t).count()}, {"type", word_of(event)}};
    const std::pair<const char*, const std::string*> fields[] = {{"id", &event.id},
                                                                 {"key", &event.key},
                                                                 {"digest", &event.digest},
                                                                 {"by", &event.by},
                                                                 {"detail", &event.detail}};
    for (const auto& [name, value] : fields) {
      if (!value->empty()) line[name] = text(*value);
    }
    out["events"].push_back(std::move(line));
  }
  out["anomalies"] = nlohmann::ordered_json::array();
  for (const InvariantResult& result : invariants) {
    for (const Anomaly& anomaly : result.anomalies) {
      if (anomaly.id != id_) continue;
      out["anomalies"].push_back({{"invariant", result.name},
                                  {"kind", anomaly.kind},
                                  {"t", std::chrono::duration<double>(anomaly.t).count()},
                                  {"fault", text(anomaly.fault)},
                                  {"detail", text(anomaly.detail)}});
    }
  }
  return out.dump();
}

}  // namespace stormproof
