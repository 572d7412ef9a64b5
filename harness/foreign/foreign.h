/// Foreign histories by name, format and map: opened, merged by time, and given to whoever judges them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/foreign/event_source.h"
#include "harness/foreign/field_map.h"

namespace stormproof {

enum class HistoryFormat {
  automatic,
  native,  ///< ours: binary, or JSON lines
  json,    ///< JSON lines with a map
  csv,
  edn,       ///< Jepsen
  kafka,     ///< verifiable producer and consumer
  sent,      ///< a list of ids that were sent
  received,  ///< a list of ids that were received
};

/// "native", "json", "csv", "edn", "kafka": what --format takes.
std::vector<std::string> format_names();
std::optional<HistoryFormat> format_from(std::string_view name);

/// By content: the first bytes of the file. `automatic` when nothing fits.
HistoryFormat detect_format(std::string_view beginning);
struct ForeignFile {
  std::filesystem::path path;  ///< "-": standard input
  HistoryFormat format = HistoryFormat::csv;
  FieldMap map;  ///< csv and json
  /// Where it is read when not from `path`, by which it is called.
  std::filesystem::path content = {};
};

/// Opens the file and looks. Errors: it cannot be opened or read (environment), is a directory or of no known format
/// (usage).
Result<HistoryFormat> detect_format(const ForeignFile& file);

/// Opens the files and merges their events by time, in the order of `files` where times are equal. Each file is taken
/// to be in its own order already. Times that are dates are counted from the first event.
Result<std::unique_ptr<EventSource>> open_foreign(const std::vector<ForeignFile>& files);

/// Pulls it to the end. Errors: reading failed (environment); there were lines and none could be used (usage).
Result<ReadReport> read_foreign(EventSource& source, const std::function<void(const EventView&)>& on_event);

/// What read_foreign returns of a source that was pulled to its end.
Result<ReadReport> foreign_report(const EventSource& source);

}  // namespace stormproof
