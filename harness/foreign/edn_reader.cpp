#include "harness/foreign/edn_reader.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "harness/base/text.h"
#include "harness/foreign/row_mapper.h"

namespace stormproof {

namespace {

template <std::size_t N>
bool one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 10> kSends{"send", "enqueue", "add",    "produce", "publish",
                                                  "push", "put",     "insert", "write",   "broadcast"};
constexpr std::array<std::string_view, 8> kReceives{"dequeue", "drain", "receive", "consume",
                                                    "take",    "pop",   "deliver", "poll"};
/// Those that take what they see away from all others.
constexpr std::array<std::string_view, 5> kTakes{"dequeue", "drain", "receive", "take", "pop"};

/// The text of a value as an id.
std::string id_of(const Edn& value) {
  if (value.scalar()) return value.text;
  std::string text = "[";
  for (const Edn& item : value.items) text += (text.size() > 1 ? " " : "") + id_of(item);
  return text + "]";
}

bool is_tuple(const Edn& value) {
  return value.kind == Edn::Kind::list && value.items.size() == 2 && value.items[0].scalar() && value.items[1].scalar();
}

bool is_micro_operation(const Edn& value) {
  return value.kind == Edn::Kind::list && value.items.size() >= 2 && value.items[0].kind == Edn::Kind::keyword &&
         (value.items[0].text == "send" || value.items[0].text == "poll");
}

}  // namespace

bool EdnReader::begins_record(std::string_view line) const {
  return line.substr(0, 2) == "{:" || line.substr(0, 7) == "#jepsen";
}

bool EdnReader::closes(std::string_view line) {
  // A vector around all operations is no part of any of them.
  if (!depth_.open() && !line.empty() && (line.front() == '[' || line.front() == '(')) line.remove_prefix(1);
  depth_.feed(line);
  if (depth_.open()) return false;
  depth_.reset();
  return true;
}

std::string EdnReader::parse(std::string_view line, Yield& out) {
  std::size_t from = line.find_first_not_of(" \t\n,");
  if (from != std::string_view::npos && (line[from] == '[' || line[from] == '(')) ++from;
  line.remove_prefix(std::min(from, line.size()));
  while (!line.empty() && std::string_view(" \t\n,])").find(line.back()) != std::string_view::npos)
    line.remove_suffix(1);
  if (line.empty() || line.front() == ';') return {};
  std::string trouble;
  const auto map = parse_edn(line, trouble);
  if (!map) return trouble;
  return operation(*map, out);
}

std::string EdnReader::operation(const Edn& map, Yield& out) {
  if (map.kind != Edn::Kind::map) return "is not an operation map";
  const Edn* const type = map.find("type");
  const Edn* const f = map.find("f");
  const Edn* const process = map.find("process");
  if (type == nullptr || f == nullptr || process == nullptr) return "lacks :type, :f or :process";
  Op op;
  const auto known = event_type_from(type->text);
  if (!known || type->kind != Edn::Kind::keyword || *known > EventType::info) {
    return "has the unknown type " + printable(type->text.substr(0, 40));
  }
  op.type = *known;
  op.f = f->text;
  op.value = map.find("value");
  if (const Edn* const time = map.find("time"); time != nullptr && time->kind == Edn::Kind::word) {
    std::int64_t nanos = 0;
    const auto parsed = std::from_chars(time->text.data(), time->text.data() + time->text.size(), nanos);
    if (parsed.ec != std::errc() || !sane_time(Nanos(nanos))) return "has a :time that is none";
    op.t = Nanos(nanos);
  }
  const bool client = process->kind == Edn::Kind::word;
  op.by = out.keep(client ? "process " + process->text : process->text);
  if (!client) {
    nemesis(op, out);
  } else if (op.value != nullptr && micro_operations(op, out)) {
    return {};
  } else if (one_of(op.f, kSends)) {
    send(op, out);
  } else if (one_of(op.f, kReceives)) {
    receive(op, out);
  } else if (op.f == "read") {
    read(op, out);
  } else {
    EventView note{op.t, EventType::note, {}, {}, EventView::kNoSeq, {}, op.by, {}};
    note.detail = out.keep(std::string(to_string(op.type)) + " of another operation: " + std::string(op.f));
    out.add(note);
  }
  return {};
}

void EdnReader::nemesis(const Op& op, Yield& out) {
  constexpr std::array<std::string_view, 6> kInject{"start", "kill", "pause", "corrupt", "partition", "bump"};
  constexpr std::array<std::string_view, 5> kHeal{"stop", "heal", "resume", "recover", "reset"};
  const std::string_view verb = op.f.substr(0, op.f.find('-'));
  const std::string_view rest = op.f.size() > verb.size() ? op.f.substr(verb.size() + 1) : std::string_view();
  EventView event{op.t, EventType::note, {}, {}, EventView::kNoSeq, {}, op.by, {}};
  if (one_of(verb, kInject) || one_of(verb, kHeal)) {
    event.type = one_of(verb, kInject) ? EventType::inject : EventType::heal;
    event.by = out.keep(rest.empty() ? "nemesis" : std::string(rest));
    event.id = event.by;
  } else {
    event.detail = out.keep("nemesis " + std::string(op.f));
  }
  out.add(event);
}

void EdnReader::message(const Op& op, EventType type, const Edn* key, const Edn& value, const Edn* offset, Yield& out) {
  EventView event{op.t, type, {}, {}, EventView::kNoSeq, {}, op.by, {}};
  event.id = out.keep(key == nullptr ? id_of(value) : id_of(*key) + "/" + id_of(value));
  if (key != nullptr) event.key = out.keep(id_of(*key));
  if (offset != nullptr && offset->kind == Edn::Kind::word) event.detail = out.keep("offset=" + offset->text);
  if (!event.id.empty()) out.add(event);
}

void EdnReader::send(const Op& op, Yield& out) {
  if (op.value == nullptr || op.value->kind == Edn::Kind::nil) return;
  const bool tuple = is_tuple(*op.value);
  message(op, op.type, tuple ? &op.value->items[0] : nullptr, tuple ? op.value->items[1] : *op.value, nullptr, out);
}

void EdnReader::receive(const Op& op, Yield& out) {
  if (op.type == EventType::info && one_of(op.f, kTakes)) {
    EventView note{op.t, EventType::note, "unknown", {}, EventView::kNoSeq, {}, "harness", {}};
    note.detail = out.keep("a " + std::string(op.f) + " of " + std::string(op.by) +
                           " ended unknown: it may have taken messages that nobody saw");
    out.add(note);
  }
  if (op.type != EventType::ok || op.value == nullptr || op.value->kind == Edn::Kind::nil) return;
  const bool many = op.value->kind == Edn::Kind::list && (op.f == "drain" || op.f == "poll" || !is_tuple(*op.value));
  const auto one = [&](const Edn& value) {
    const bool tuple = is_tuple(value);
    message(op, EventType::effect, tuple ? &value.items[0] : nullptr, tuple ? value.items[1] : value, nullptr, out);
  };
  if (!many) {
    one(*op.value);
    return;
  }
  for (const Edn& value : op.value->items) one(value);
}

void EdnReader::read(const Op& op, Yield&) {
  const std::string process(op.by);
  if (op.type == EventType::invoke) {
    reading_[process] = op.t;
    return;
  }
  const auto began = reading_.find(process);
  if (op.type == EventType::ok && op.value != nullptr && op.value->kind == Edn::Kind::list) {
    FinalRead seen;
    seen.by = process;
    seen.t = op.t;
    seen.began = began == reading_.end() ? op.t : began->second;
    for (const Edn& value : op.value->items) seen.ids.push_back(id_of(value));
    final_read_ = std::move(seen);
  }
  if (began != reading_.end()) reading_.erase(began);
}

bool EdnReader::micro_operations(const Op& op, Yield& out) {
  const Edn& value = *op.value;
  if (value.kind != Edn::Kind::list || value.items.empty()) return false;
  if (!std::all_of(value.items.begin(), value.items.end(), is_micro_operation)) return false;
  for (const Edn& micro : value.items) {
    const Edn& key = micro.items[1];
    if (micro.items[0].text == "send" && micro.items.size() > 2) {
      const bool placed = is_tuple(micro.items[2]);  // [offset value]
      message(op, op.type, &key, placed ? micro.items[2].items[1] : micro.items[2],
              placed ? &micro.items[2].items[0] : nullptr, out);
    } else if (micro.items[0].text == "poll" && op.type == EventType::ok && key.kind == Edn::Kind::map) {
      for (std::size_t i = 0; i + 1 < key.items.size(); i += 2) {
        for (const Edn& record : key.items[i + 1].items) {
          if (is_tuple(record)) message(op, EventType::effect, &key.items[i], record.items[1], &record.items[0], out);
        }
      }
    }
  }
  return true;
}

void EdnReader::finish(Yield& out) {
  if (!final_read_) return;
  EventView event{final_read_->t, EventType::effect, {}, {}, EventView::kNoSeq, {}, {}, {}};
  event.by = out.keep(final_read_->by);
  for (std::string& id : final_read_->ids) {
    event.id = out.keep(std::move(id));
    if (!event.id.empty()) out.add(event);
  }
  event.type = EventType::note;
  event.id = "drained";
  event.seq = final_read_->began.count();
  event.by = "final read";
  out.add(event);
}

}  // namespace stormproof
