#include "harness/history/history_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "harness/base/fd.h"
#include "harness/history/binary_reader.h"
#include "harness/history/byte_window.h"
#include "harness/history/json_lines.h"

namespace stormproof {

std::string ReadReport::describe() const {
  std::string text;
  const auto add = [&](const std::string& part) {
    if (!text.empty()) text += "; ";
    text += part;
  };
  const std::string reason = damage.empty() ? "" : ": " + damage;
  if (damaged_bytes > 0) {
    const std::string lines =
        damaged_lines > 0 ? " in " + std::to_string(damaged_lines) + (damaged_lines == 1 ? " line" : " lines") : "";
    add("the history is damaged, " + std::to_string(damaged_bytes) + " bytes dropped" + lines + reason);
  } else if (missing_blocks > 0) {
    add("the history is damaged, " + std::to_string(missing_blocks) + " blocks are missing" + reason);
  } else if (torn_tail) {
    add("the history is torn" + reason);
  }
  if (dropped > 0) {
    add(std::to_string(dropped) + (dropped == 1 ? " event was" : " events were") +
        " lost while recording: the disk was full or too slow");
  }
  return text;
}

Result<ReadReport> read_history(const std::filesystem::path& path,
                                const std::function<void(const EventView&)>& on_event) {
  const auto cannot = [&](int error) {
    return environment_error("cannot read " + path.string() + ": " + std::strerror(error),
                             "give the path of a history.bin or of a file of JSON lines");
  };
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return cannot(errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return cannot(errno);
  if (S_ISDIR(status.st_mode)) {
    return usage_error(path.string() + " is a directory", "give the history in it: " + (path / "history.bin").string());
  }
  ByteWindow in(std::move(fd));
  in.fill(16);
  Result<ReadReport> report =
      looks_binary(in.data(), in.size()) ? read_binary(in, on_event) : read_json_lines(in, on_event);
  if (in.error() != 0) return cannot(in.error());
  if (!report) {
    Error error = report.error();
    error.message = path.string() + ": " + error.message;
    return error;
  }
  return report;
}

}  // namespace stormproof
