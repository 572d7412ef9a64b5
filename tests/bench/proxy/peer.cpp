#include "tests/bench/proxy/peer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tests/bench/proxy/net.h"
#include "tests/bench/proxy/programs.h"

namespace stormproof::bench {
namespace {

constexpr int kConnectionsMax = 9'950;

std::string local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

std::string haproxy_config(std::uint16_t port, std::uint16_t upstream, bool large_buffers) {
  return "global\n  nbthread 1\n  maxconn " + std::to_string(kConnectionsMax) +
         (large_buffers ? "\n  tune.bufsize 65536" : "") +
         "\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n"
         "listen bench\n  bind " +
         local(port) + "\n  server upstream " + local(upstream) + "\n";
}

std::string nginx_config(std::uint16_t port, std::uint16_t upstream, const std::string& directory) {
  return "load_module " + find_nginx_module() + ";\ndaemon off;\nmaster_process off;\nuser root;\npid " + directory +
         "/pid;\nerror_log /dev/null;\nworker_rlimit_nofile 20000;\nevents { worker_connections 19950; }\n"
         "stream {\n  tcp_nodelay on;\n  server { listen " +
         local(port) + "; proxy_pass " + local(upstream) + "; proxy_timeout 1h; }\n}\n";
}

/// Toxiproxy's configuration.
std::string toxiproxy_config(std::uint16_t port, std::uint16_t upstream) {
  return R"([{"name":"bench","listen":")" + local(port) + R"(","upstream":")" + local(upstream) +
         R"(","enabled":true}])";
}

/// The toxics that make a proxy of Toxiproxy's kind do `duty`.
std::vector<std::string> toxics(Duty duty) {
  // A byte that never comes is looked for in every chunk.
  const std::string toxic = duty == Duty::look ? R"("type":"corrupt","attributes":{"at":9000000000000000})"
                                               : R"("type":"latency","attributes":{"latency":1,"jitter":0})";
  std::vector<std::string> documents;
  if (duty == Duty::pass) return documents;
  for (const char* stream : {"upstream", "downstream"}) {
    documents.push_back(std::string(R"({"stream":")") + stream + "\"," + toxic + "}");
  }
  return documents;
}

void post(std::uint16_t port, const std::string& path, const std::string& body) {
  const Fd socket = dial_and_wait(port);
  ::fcntl(socket.get(), F_SETFL, 0);
  const std::string request =
      "POST " + path + " HTTP/1.1\r\nHost: " + local(port) +
      "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    fail("send");
  }
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(socket.get(), buffer, sizeof buffer, 0)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  if (answer.find(" 200 ") > answer.find('\n')) throw Trouble("the toxic was refused: " + answer);
}

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> kPeers = {
      {"direct", "no proxy"},
      {"splice", "bare splice loop"},
      {"copy", "bare copy loop, 64 KiB"},
      {"stormproof", "this project"},
      {"haproxy", "HAProxy, TCP mode, 1 thread, default buffers of 16 KiB"},
      {"haproxy64k", "HAProxy, the same with tune.bufsize 65536"},
      {"nginx", "nginx stream, 1 process"},
      {"toxiproxy", "Toxiproxy, metrics off"},
  };
  return kPeers;
}

std::string missing(const Peer& peer) {
  if (peer.name.starts_with("haproxy") && find_program("haproxy").empty()) return "no haproxy: ./dev bench packages";
  if (peer.name == "nginx" && (find_program("nginx").empty() || find_nginx_module().empty())) {
    return "no nginx with its stream module: ./dev bench packages";
  }
  if (peer.name == "toxiproxy" && find_program("toxiproxy-server").empty()) return "no toxiproxy-server on the PATH";
  return {};
}

std::string version(const Peer& peer) {
  if (!missing(peer).empty()) return {};
  if (peer.name.starts_with("haproxy")) return first_line_of(find_program("haproxy"), "-v");
  if (peer.name == "nginx") return first_line_of(find_program("nginx"), "-v");
  if (peer.name == "stormproof") return first_line_of(STORMPROOF_PROGRAM, "--version");
  if (peer.name == "toxiproxy") {
    return go_version_of(find_program("toxiproxy-server"), "github.com/Shopify/toxiproxy/v2");
  }
  return {};
}

PeerProcess::PeerProcess(const Peer& peer, Duty duty, std::uint16_t upstream, int processor) : port_(upstream) {
  if (peer.name == "direct") return;
  std::string pattern = (std::filesystem::temp_directory_path() / "stormproof-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("mkdtemp");
  directory_ = pattern;
  port_ = free_port();
  spawn(command(peer, upstream), processor);
  await_port(port_);
  if (api_ == 0) return;
  await_port(api_);
  for (const std::string& toxic : toxics(duty)) post(api_, "/proxies/bench/toxics", toxic);
}

PeerProcess::~PeerProcess() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

double PeerProcess::cpu() const { return pid_ == 0 ? 0 : cpu_seconds(pid_); }

std::vector<std::string> PeerProcess::command(const Peer& peer, std::uint16_t upstream) {
  const std::string config = directory_ / "config";
  const auto write = [&](const std::string& text) { std::ofstream(config) << text; };
  const std::string port = std::to_string(port_);
  if (peer.name == "splice" || peer.name == "copy") {
    return {STORMPROOF_BARE_PROXY, std::string(peer.name), port, std::to_string(upstream)};
  }
  if (peer.name == "nginx") {
    write(nginx_config(port_, upstream, directory_));
    return {find_program("nginx"), "-p", directory_, "-c", config};
  }
  if (peer.name == "stormproof" || peer.name == "toxiproxy") {
    write(toxiproxy_config(port_, upstream));
    api_ = free_port();
    const std::vector<std::string> options = {"--host",   "127.0.0.1", "--port", std::to_string(api_),
                                              "--config", config};
    std::vector<std::string> argv = {STORMPROOF_PROGRAM, "proxy"};
    if (peer.name == "toxiproxy") argv = {find_program("toxiproxy-server")};
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
  }
  write(haproxy_config(port_, upstream, peer.name == "haproxy64k"));
  return {find_program("haproxy"), "-db", "-f", config};
}

void PeerProcess::spawn(const std::vector<std::string>& argv, int processor) {
  std::vector<char*> raw;
  raw.reserve(argv.size() + 1);
  for (const std::string& word : argv) raw.push_back(const_cast<char*>(word.c_str()));
  raw.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0) fail("fork");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin(processor);
  ::setenv("LD_LIBRARY_PATH", unpacked_libraries().c_str(), 0);
  const int output = ::open((directory_ / "output").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::execv(raw[0], raw.data());
  ::_exit(127);
}

void PeerProcess::await_port(std::uint16_t port) const {
  const double patience = monotonic_seconds() + 10;
  while (monotonic_seconds() < patience) {
    try {
      dial_and_wait(port);
      return;
    } catch (const Trouble&) {
      siginfo_t info{};
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
      if (info.si_pid != 0) break;
      ::poll(nullptr, 0, 5);
    }
  }
  std::ifstream output(directory_ / "output");
  throw Trouble("it does not listen: " + std::string(std::istreambuf_iterator<char>(output), {}));
}

}  // namespace stormproof::bench
