#include "harness/run/run_dir.h"

#include <fmt/core.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace stormproof {

namespace fs = std::filesystem;

namespace {
Error cannot_create(const fs::path& path, const std::error_code& failure) {
  return environment_error(fmt::format("cannot create {}: {}", path.string(), failure.message()),
                           "choose a writable place with --out DIR");
}
}  // namespace

Result<RunDir> RunDir::create(const fs::path& root) {
  std::error_code failure;
  if (fs::exists(root / "history.bin", failure)) {
    return environment_error(fmt::format("{} already holds a run", root.string()),
                             "choose another place with --out DIR");
  }
  RunDir made(fs::absolute(root, failure).lexically_normal());
  for (const fs::path& directory : {made.root_, made.shared(), made.source()}) {
    if (Status status = made.make_directory(directory); !status) return status.error();
  }
  return made;
}

fs::path RunDir::target(const std::string& target, int index) const {
  return root_ / "targets" / fmt::format("{}-{}", target, index);
}

Status RunDir::make_directory(const fs::path& directory) const {
  std::error_code failure;
  fs::create_directories(directory, failure);
  if (failure) return cannot_create(directory, failure);
  return {};
}

Status RunDir::write_file(const fs::path& file, std::string_view text) const {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) {
    return environment_error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
                             "check the free space and the rights of the output directory");
  }
  return {};
}

void RunDir::remove_working_files() const {
  std::error_code ignored;
  for (const char* part : {"shared", "source", "witness"}) fs::remove_all(root_ / part, ignored);
  for (const auto& entry : fs::directory_iterator(root_ / "targets", ignored)) {
    fs::remove_all(entry.path() / "work", ignored);
  }
}

std::string file_name_for(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("._=,-", c) != nullptr;
    name += plain && c != '\0' ? c : '-';
  }
  return name.empty() || name.front() == '.' ? "run" + name : name;
}

}  // namespace stormproof
