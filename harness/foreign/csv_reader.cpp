#include "harness/foreign/csv_reader.h"

#include <algorithm>

#include "harness/base/text.h"

namespace stormproof {

namespace {
constexpr std::size_t kAbsent = SIZE_MAX;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}
}  // namespace

char csv_separator(std::string_view header) {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto count = std::count(header.begin(), header.end(), candidate);
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

bool split_csv(std::string_view line, char separator, std::vector<std::string_view>& fields, Yield& out) {
  fields.clear();
  std::size_t at = 0;
  while (true) {
    if (at < line.size() && line[at] == '"') {
      std::string text;
      bool doubled = false;
      const std::size_t start = ++at;
      std::size_t from = start;
      while (true) {
        const std::size_t quote = line.find('"', at);
        if (quote == std::string_view::npos) return false;
        at = quote + 1;
        if (at >= line.size() || line[at] != '"') break;
        text.append(line.substr(from, at - from));
        from = ++at;
        doubled = true;
      }
      const std::string_view rest = line.substr(from, at - 1 - from);
      fields.push_back(doubled ? out.keep(text.append(rest)) : line.substr(start, at - 1 - start));
      at = std::min(line.find(separator, at), line.size());
    } else {
      const std::size_t end = std::min(line.find(separator, at), line.size());
      fields.push_back(line.substr(at, end - at));
      at = end;
    }
    if (at >= line.size()) return true;
    ++at;
  }
}

std::string CsvReader::header(const std::vector<std::string_view>& names) {
  const auto place = [&](const std::string& name) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (trimmed(names[i]) == name) return i;
    }
    return kAbsent;
  };
  for (std::size_t i = 0; i < kFields; ++i) {
    column_of_[i] = kAbsent;
    for (const std::string& name : mapper_.names_of(static_cast<Field>(i))) {
      if (column_of_[i] == kAbsent) column_of_[i] = place(name);
    }
  }
  columns_ = names.size();
  for (const auto& [field, name] : mapper_.map().fields) {
    if (place(name) == kAbsent) return "has no column \"" + printable(name) + "\", which the map names";
  }
  const auto lacks = [&](Field field) {
    return column_of_[static_cast<std::size_t>(field)] == kAbsent && mapper_.map().constants.count(field) == 0;
  };
  if (lacks(Field::type)) return "is a header without a column for the type";
  return lacks(Field::id) ? "is a header without a column for the id" : "";
}

bool CsvReader::closes(std::string_view line) {
  if (std::count(line.begin(), line.end(), '"') % 2 != 0) quoted_ = !quoted_;
  return !quoted_;
}

std::string CsvReader::parse(std::string_view line, Yield& out) {
  const bool first = columns_ == 0;
  if (first) separator_ = mapper_.map().separator != '\0' ? mapper_.map().separator : csv_separator(line);
  if (!split_csv(line, separator_, fields_, out)) return "has a quote that is not closed";
  if (first) return header(fields_);
  if (fields_.size() != columns_) {
    return "has " + std::to_string(fields_.size()) + " fields where the header has " + std::to_string(columns_);
  }
  FieldValues values;
  for (std::size_t i = 0; i < kFields; ++i) {
    if (column_of_[i] != kAbsent) values[i] = trimmed(fields_[column_of_[i]]);
  }
  return mapper_.add(values, out);
}

}  // namespace stormproof
