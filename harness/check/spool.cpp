#include "harness/check/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace stormproof {

namespace {

Error no_room(const std::string& directory, int error) {
  return environment_error("cannot keep what comes from the pipe in " + directory + ": " + std::strerror(error),
                           "point TMPDIR to a directory with room for the history, or check it from a file");
}

/// 0 or errno.
int copy(int from, int to) {
  std::vector<char> bytes(256 * 1024);
  while (true) {
    const ssize_t got = ::read(from, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    for (ssize_t done = 0; done < got;) {
      const ssize_t written = ::write(to, bytes.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno != EINTR) return errno;
      if (written > 0) done += written;
    }
  }
}

}  // namespace

Result<std::optional<Spool>> Spool::of(const std::filesystem::path& path) {
  Fd pipe(path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!pipe || ::fstat(pipe.get(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    return std::optional<Spool>();
  }
  const char* const chosen = std::getenv("TMPDIR");
  std::string name = std::string(chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen);
  const std::string directory = name;
  name += "/stormproof-XXXXXX";
  Fd file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file) return no_room(directory, errno);
  ::unlink(name.c_str());
  if (const int error = copy(pipe.get(), file.get()); error != 0) return no_room(directory, error);
  return std::optional<Spool>(Spool(std::move(file)));
}

std::filesystem::path Spool::path() const { return "/proc/self/fd/" + std::to_string(file_.get()); }

}  // namespace stormproof
