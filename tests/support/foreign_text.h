/// Events written the way other programs might.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "harness/history/json_lines.h"
#include "harness/model/event.h"

namespace stormproof {

inline std::filesystem::path write_lines(const std::vector<Event>& events, const std::filesystem::path& path) {
  std::string text;
  for (const Event& event : events) append_json_line(event.view(), text);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

inline std::string csv_field(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

/// Columns of our names; times to the nanosecond.
inline std::filesystem::path write_csv(const std::vector<Event>& events, const std::filesystem::path& path) {
  std::ofstream out(path, std::ios::binary);
  out << "t,type,id,key,seq,digest,by,detail\r\n";
  for (const Event& event : events) {
    const std::string nanos = std::to_string(event.t.count() % 1'000'000'000);
    out << event.t.count() / 1'000'000'000 << '.' << std::string(9 - nanos.size(), '0') << nanos << ','
        << to_string(event.type);
    for (const std::string* const text : {&event.id, &event.key}) out << ',' << csv_field(*text);
    out << ',' << (event.seq == EventView::kNoSeq ? "" : std::to_string(event.seq));
    for (const std::string* const text : {&event.digest, &event.by, &event.detail}) out << ',' << csv_field(*text);
    out << "\r\n";
  }
  return path;
}

}  // namespace stormproof
