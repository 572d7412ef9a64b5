#include "tests/bench/proxy/programs.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "harness/base/fd.h"
#include "tests/bench/proxy/net.h"

namespace stormproof::bench {

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  const std::string folders = std::string(path == nullptr ? "" : path) + ":/usr/sbin:" STORMPROOF_PEERS
                                                                         "/bin:" STORMPROOF_PEERS "/root/usr/sbin";
  for (std::size_t at = 0; at < folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::string candidate = folders.substr(at, end - at) + "/" + name;
    if (end > at && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    at = end + 1;
  }
  return {};
}

std::string find_nginx_module() {
  for (const char* root : {"", STORMPROOF_PEERS "/root"}) {
    std::string file = std::string(root) + "/usr/lib/nginx/modules/ngx_stream_module.so";
    if (::access(file.c_str(), R_OK) == 0) return file;
  }
  return {};
}

std::string unpacked_libraries() { return STORMPROOF_PEERS "/root/usr/lib/x86_64-linux-gnu"; }

std::string first_line_of(const std::string& program, const std::string& option) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t pid = ::fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    ::dup2(write_end.get(), 1);
    ::dup2(write_end.get(), 2);
    ::setenv("LD_LIBRARY_PATH", unpacked_libraries().c_str(), 0);
    ::execl(program.c_str(), program.c_str(), option.c_str(), nullptr);
    ::_exit(127);
  }
  write_end.reset();
  std::string text;
  for (char c = 0; ::read(read_end.get(), &c, 1) == 1 && c != '\n';) text += c;
  ::waitpid(pid, nullptr, 0);
  return text;
}

std::string go_version_of(const std::string& program, const std::string& module) {
  std::ifstream file(program, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  const std::string mark = "mod\t" + module + "\t";
  const std::size_t at = bytes.find(mark);
  if (at == std::string::npos) return "of unknown version";
  const std::size_t begin = at + mark.size();
  return bytes.substr(begin, bytes.find_first_of("\t\n", begin) - begin);
}

}  // namespace stormproof::bench
