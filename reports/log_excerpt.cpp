#include "reports/log_excerpt.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "harness/base/text.h"

namespace stormproof {
namespace {

constexpr std::uintmax_t kBytesRead = 1U << 20U;
constexpr std::size_t kLineMost = 240;
constexpr std::size_t kTail = 12;

bool is_word_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool names(std::string_view line, const std::string& word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word_byte(line[at - 1]) || !is_word_byte(word.front());
    const std::size_t end = at + word.size();
    if (starts && (end == line.size() || !is_word_byte(line[end]) || !is_word_byte(word.back()))) return true;
  }
  return false;
}

/// Which lines are shown: around hits first, then the end, never more than `most`.
std::vector<bool> choose(const std::vector<bool>& hits, std::size_t most) {
  std::vector<bool> shown(hits.size(), false);
  std::size_t left = most;
  const auto show = [&](std::size_t line) {
    if (left == 0 || shown[line]) return;
    shown[line] = true;
    --left;
  };
  const std::size_t tail = std::min({kTail, most, hits.size()});
  for (std::size_t i = hits.size() - tail; i < hits.size(); ++i) show(i);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (!hits[i]) continue;
    show(i);
    if (i > 0) show(i - 1);
    if (i + 1 < hits.size()) show(i + 1);
  }
  return shown;
}

}  // namespace

Result<LogExcerpt> read_log_excerpt(const std::filesystem::path& file, const std::vector<std::string>& words,
                                    std::size_t most) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(file, failure)) {
    return environment_error("there is no log file " + file.string());
  }
  LogExcerpt excerpt;
  excerpt.size = std::filesystem::file_size(file, failure);
  std::ifstream in(file, std::ios::binary);
  if (failure || !in) return environment_error("cannot read the log file " + file.string());
  if (excerpt.size > kBytesRead) {
    excerpt.only_the_end = true;
    in.seekg(static_cast<std::streamoff>(excerpt.size - kBytesRead));
  }
  std::string bytes(std::min<std::uintmax_t>(excerpt.size, kBytesRead), '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (!bytes.empty() && bytes.back() == '\n') bytes.pop_back();
  if (bytes.empty()) return excerpt;

  const std::vector<std::string> lines = split(bytes, '\n');
  std::vector<bool> hits;
  for (const std::string& line : lines) {
    hits.push_back(std::any_of(words.begin(), words.end(),
                               [&](const std::string& word) { return !word.empty() && names(line, word); }));
  }
  const std::vector<bool> shown = choose(hits, most);
  bool skipped = excerpt.only_the_end;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (shown[i]) {
      std::string text = printable(std::string_view(lines[i]).substr(0, kLineMost));
      if (lines[i].size() > kLineMost) text += "…";
      excerpt.lines.push_back({std::move(text), hits[i], skipped});
    }
    skipped = !shown[i];
  }
  return excerpt;
}

}  // namespace stormproof
