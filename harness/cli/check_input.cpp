#include "harness/cli/check_input.h"

#include <fmt/core.h>

#include "harness/base/text.h"
#include "harness/cli/map_file.h"
#include "harness/history/history_reader.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {

Error no_such(const fs::path& path) {
  return usage_error(fmt::format("no such history: {}", path.string()),
                     "name a history file, or a directory that `stormproof run` wrote");
}

Error unknown_format(const fs::path& path) {
  return usage_error(
      fmt::format("{}: not known what this is: no history of ours, no CSV with a header of type and id, no "
                  "Jepsen EDN, no Kafka verifiable producer's or consumer's output",
                  path.string()),
      "--format says what it is, --map FILE which field is what");
}

Result<HistoryFormat> chosen_format(const CheckArgs& args) {
  if (args.format.empty()) return HistoryFormat::automatic;
  if (const auto format = format_from(args.format)) return *format;
  const std::string near = nearest(args.format, format_names());
  return usage_error(fmt::format("unknown format '{}'", printable(args.format)),
                     near.empty() ? "one of " + join(format_names(), ", ") : fmt::format("did you mean '{}'?", near));
}

Result<std::vector<MapFile>> read_maps(const CheckArgs& args) {
  std::vector<MapFile> maps;
  for (const std::string& path : args.maps) {
    auto map = read_map(path);
    if (!map) return map.error();
    maps.push_back(std::move(map).value());
  }
  if (maps.size() > 1 && maps.size() != args.histories.size()) {
    return usage_error(fmt::format("{} maps for {} histories", maps.size(), args.histories.size()),
                       "give one --map for all, or one for each history in their order");
  }
  return maps;
}

/// A file that can be read as often as needed.
Result<ForeignFile> readable(const fs::path& path, std::vector<Spool>& spools) {
  ForeignFile file;
  file.path = path;
  auto spool = Spool::of(path);
  if (!spool) return spool.error();
  if (*spool) {
    file.content = (**spool).path();
    spools.push_back(std::move(**spool));
  } else if (path == "-") {
    file.content = "/dev/stdin";
  }
  return file;
}

/// An explicit format beats the map's, that beats what the content looks like.
Result<ForeignFile> foreign_file(ForeignFile file, HistoryFormat format, const MapFile* map) {
  file.format = format;
  if (map != nullptr) {
    file.map = map->map;
    if (file.format == HistoryFormat::automatic) file.format = map->format;
  }
  if (file.format == HistoryFormat::automatic) {
    const auto found = detect_format(file);
    if (!found) return found.error();
    file.format = *found;
    const bool described = file.format == HistoryFormat::csv || file.format == HistoryFormat::json;
    if (map != nullptr && !described)
      file.format = *found == HistoryFormat::automatic ? HistoryFormat::csv : HistoryFormat::json;
  }
  const bool guessed = format == HistoryFormat::automatic && map == nullptr;
  if (file.format == HistoryFormat::automatic || (file.format == HistoryFormat::json && guessed)) {
    return unknown_format(file.path);
  }
  return file;
}

Result<CheckInput> two_lists(const CheckArgs& args) {
  if (args.sent.empty() || args.received.empty()) {
    return usage_error("--sent and --received belong together", "stormproof check --sent FILE --received FILE");
  }
  if (!args.histories.empty()) {
    return usage_error("a history beside --sent and --received", "name either the history or the two lists");
  }
  CheckInput input;
  for (const auto& [path, format] : {std::pair(fs::path(args.sent), HistoryFormat::sent),
                                     std::pair(fs::path(args.received), HistoryFormat::received)}) {
    auto file = readable(path, input.spools);
    if (!file) return file.error();
    file->format = format;
    input.foreign.push_back(std::move(*file));
  }
  return input;
}

}  // namespace

Result<CheckInput> check_input(const CheckArgs& args) {
  if (!args.sent.empty() || !args.received.empty()) return two_lists(args);
  if (args.histories.empty()) {
    return usage_error("no history to check", "stormproof check HISTORY, or --sent FILE --received FILE");
  }
  const auto format = chosen_format(args);
  if (!format) return format.error();
  const auto maps = read_maps(args);
  if (!maps) return maps.error();
  CheckInput input;
  for (std::size_t i = 0; i < args.histories.size(); ++i) {
    std::error_code failure;
    fs::path path = args.histories[i];
    if (fs::is_directory(path, failure)) path /= "history.bin";
    if (path != "-" && !fs::exists(path, failure)) return no_such(path);
    if (args.histories.size() == 1 && maps->empty() && *format == HistoryFormat::native) {
      input.native = input.called = path == "-" ? "/dev/stdin" : path;
      return input;
    }
    const MapFile* const map = maps->empty() ? nullptr : &maps->at(maps->size() == 1 ? 0 : i);
    auto content = readable(path, input.spools);
    if (!content) return content.error();
    auto file = foreign_file(std::move(*content), *format, map);
    if (!file) return file.error();
    if (file->format == HistoryFormat::native && args.histories.size() == 1) {
      input.native = file->content.empty() ? path : file->content;
      input.called = path == "-" ? "/dev/stdin" : path;
      return input;
    }
    input.foreign.push_back(std::move(file).value());
  }
  return input;
}

Result<ReadReport> read_input(const CheckInput& input, const std::function<void(const EventView&)>& on_event) {
  if (input.native) return read_history(*input.native, on_event);
  auto source = open_foreign(input.foreign);
  if (!source) return source.error();
  auto report = read_foreign(**source, on_event);
  if (report || input.foreign.size() > 1) return report;
  Error error = report.error();
  error.message = input.first().string() + ": " + error.message;
  return error;
}

}  // namespace stormproof
