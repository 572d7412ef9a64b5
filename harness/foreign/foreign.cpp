#include "harness/foreign/foreign.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "harness/foreign/csv_reader.h"
#include "harness/foreign/edn_reader.h"
#include "harness/foreign/id_list.h"
#include "harness/foreign/json_reader.h"
#include "harness/foreign/kafka_reader.h"
#include "harness/foreign/merge.h"
#include "harness/history/binary_reader.h"

namespace stormproof {

namespace {

constexpr std::array<std::pair<std::string_view, HistoryFormat>, 5> kFormats{{{"native", HistoryFormat::native},
                                                                              {"json", HistoryFormat::json},
                                                                              {"csv", HistoryFormat::csv},
                                                                              {"edn", HistoryFormat::edn},
                                                                              {"kafka", HistoryFormat::kafka}}};

Error cannot_read(const std::filesystem::path& path, int error) {
  return environment_error("cannot read " + path.string() + ": " + std::strerror(error),
                           "give the path of a file that can be read");
}

Result<Fd> open_file(const ForeignFile& file) {
  const std::filesystem::path& path = file.path;
  const bool elsewhere = !file.content.empty();
  if (path == "-" && !elsewhere) return Fd(::dup(STDIN_FILENO));
  Fd fd(::open((elsewhere ? file.content : path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot_read(path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return usage_error(path.string() + " is a directory", "name the files in it");
  }
  return fd;
}

std::string_view first_line(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from);
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

bool looks_like_csv(std::string_view line) {
  Yield keep;
  std::vector<std::string_view> names;
  if (!split_csv(line, csv_separator(line), names, keep)) return false;
  const RowMapper mapper{FieldMap{}};
  const auto has = [&](Field field) {
    const auto wanted = mapper.names_of(field);
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    });
  };
  return has(Field::type) && has(Field::id);
}

std::unique_ptr<EventSource> make_source(const ForeignFile& file, ByteWindow in, const std::string& name) {
  const std::string stem = file.path.stem().string();
  switch (file.format) {
    case HistoryFormat::csv: return std::make_unique<CsvReader>(std::move(in), name, file.map);
    case HistoryFormat::edn: return std::make_unique<EdnReader>(std::move(in), name);
    case HistoryFormat::kafka: return std::make_unique<KafkaReader>(std::move(in), name, stem == "-" ? "kafka" : stem);
    case HistoryFormat::sent: return std::make_unique<IdList>(std::move(in), name, IdListRole::sent);
    case HistoryFormat::received: return std::make_unique<IdList>(std::move(in), name, IdListRole::received);
    case HistoryFormat::automatic:
    case HistoryFormat::native:
    case HistoryFormat::json: break;
  }
  return std::make_unique<JsonReader>(std::move(in), name, file.map);
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const auto& [name, format] : kFormats) names.emplace_back(name);
  return names;
}

std::optional<HistoryFormat> format_from(std::string_view name) {
  for (const auto& [known, format] : kFormats) {
    if (known == name) return format;
  }
  return std::nullopt;
}

HistoryFormat detect_format(std::string_view beginning) {
  if (looks_binary(reinterpret_cast<const unsigned char*>(beginning.data()), beginning.size()))
    return HistoryFormat::native;
  const std::string_view line = first_line(beginning);
  if (line.empty()) return HistoryFormat::native;
  const std::string_view inner = line.substr(std::min(line.find_first_not_of("[( "), line.size()));
  if (inner.substr(0, 2) == "{:" || inner.substr(0, 7) == "#jepsen" || line == "[" || line == "(")
    return HistoryFormat::edn;
  if (looks_like_kafka(line)) return HistoryFormat::kafka;
  Yield keep;
  std::vector<JsonMember> members;
  if (line.front() == '{') {
    const bool ours = !json_members(line, members, keep) || json_at(line, "type", keep);
    return ours ? HistoryFormat::native : HistoryFormat::json;
  }
  return looks_like_csv(line) ? HistoryFormat::csv : HistoryFormat::automatic;
}

Result<HistoryFormat> detect_format(const ForeignFile& file) {
  auto fd = open_file(file);
  if (!fd) return fd.error();
  ByteWindow in(std::move(fd).value());
  constexpr std::size_t kEnough = 64 * 1024;
  in.fill(kEnough);
  if (in.error() != 0) return cannot_read(file.path, in.error());
  return detect_format(std::string_view(reinterpret_cast<const char*>(in.data()), std::min(in.size(), kEnough)));
}

Result<std::unique_ptr<EventSource>> open_foreign(const std::vector<ForeignFile>& files) {
  std::vector<std::unique_ptr<EventSource>> sources;
  for (const ForeignFile& file : files) {
    auto fd = open_file(file);
    if (!fd) return fd.error();
    sources.push_back(
        make_source(file, ByteWindow(std::move(fd).value()), files.size() > 1 ? file.path.filename().string() : ""));
  }
  return std::unique_ptr<EventSource>(std::make_unique<Merge>(std::move(sources)));
}

Result<ReadReport> read_foreign(EventSource& source, const std::function<void(const EventView&)>& on_event) {
  EventView event;
  while (source.next(event)) on_event(event);
  return foreign_report(source);
}

Result<ReadReport> foreign_report(const EventSource& source) {
  if (source.error() != 0) {
    return environment_error(std::string("cannot read the history: ") + std::strerror(source.error()),
                             "give the path of a file that can be read");
  }
  if (source.report().events == 0 && source.report().damaged_lines > 0) {
    return usage_error("no history: " + source.report().damage,
                       "--format says what it is, --map FILE which field is what; README.md shows each format");
  }
  return source.report();
}

}  // namespace stormproof
