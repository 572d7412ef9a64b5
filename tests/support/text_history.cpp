#include "tests/support/text_history.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>

namespace stormproof {

namespace {

constexpr std::array<std::string_view, 4> kDirectives{"check", "foreign", "report", "settle"};

[[noreturn]] void malformed(const std::string& line) {
  std::fprintf(stderr, "malformed line in a text history: %s\n", line.c_str());
  std::abort();
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    if (word.front() == '"') {
      std::string rest;
      if (word.size() == 1 || word.back() != '"') {
        std::getline(in, rest, '"');
        word += rest + '"';
      }
    }
    words.push_back(word);
  }
  return words;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  if (const std::size_t at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
  return text;
}

void set_word(Event& event, const std::string& word, bool first, const std::string& line) {
  const auto starts = [&](std::string_view prefix) { return word.compare(0, prefix.size(), prefix) == 0; };
  if (word.front() == '"') {
    event.detail = word.substr(1, word.size() - 2);
  } else if (starts("key=")) {
    event.key = word.substr(4);
  } else if (starts("seq=")) {
    event.seq = std::stoll(word.substr(4));
  } else if (starts("digest=")) {
    event.digest = word.substr(7);
  } else if (first) {
    if (word != "-") event.id = word;
  } else if (const std::size_t hash = word.rfind('#'); hash != std::string::npos) {
    event.key = word.substr(0, hash);
    event.seq = std::stoll(word.substr(hash + 1));
  } else {
    malformed(line);
  }
}

Event parse_event(const std::vector<std::string>& words, Nanos t, EventType type, const std::string& line) {
  Event event;
  event.t = t;
  event.type = type;
  if (words[1] != "-") event.by = words[1];
  for (std::size_t i = 3; i < words.size(); ++i) set_word(event, words[i], i == 3, line);
  return event;
}

void add_line(const std::string& line, std::vector<Event>& events) {
  const std::vector<std::string> words = words_of(line);
  if (words.size() < 3) malformed(line);
  Nanos t(static_cast<std::int64_t>(std::stod(words[0]) * 1e9 + 0.5));
  const auto type = event_type_from(words[2]);
  if (!type && words[2] != "send") malformed(line);
  long from = 0;
  long to = 0;
  std::string range;
  if (words.size() > 3) {
    const std::size_t open = words[3].find('{');
    if (open != std::string::npos) {
      range = words[3].substr(open, words[3].find('}') - open + 1);
      if (std::sscanf(range.c_str(), "{%ld..%ld}", &from, &to) != 2) malformed(line);
    }
  }
  for (long n = from; n <= to; ++n, t += std::chrono::milliseconds(1)) {
    std::vector<std::string> filled = words;
    if (!range.empty()) {
      filled[3] = replaced(filled[3], range, std::to_string(n));
      for (std::size_t i = 4; i < filled.size(); ++i) filled[i] = replaced(filled[i], "{}", std::to_string(n));
    }
    events.push_back(parse_event(filled, t, type.value_or(EventType::invoke), line));
    if (type) continue;
    filled.resize(4);
    events.push_back(parse_event(filled, t, EventType::ok, line));
  }
}

}  // namespace

TextHistory parse_text_history(std::string_view text) {
  TextHistory history;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    if (line.find_first_not_of(" \t") == std::string::npos || line.front() == '#') continue;
    const std::size_t space = std::min(line.find(' '), line.size());
    const std::string first = line.substr(0, space);
    if (std::find(kDirectives.begin(), kDirectives.end(), first) != kDirectives.end()) {
      history.directives.emplace_back(first, space < line.size() ? line.substr(space + 1) : "");
    } else {
      add_line(line, history.events);
    }
  }
  return history;
}

}  // namespace stormproof
