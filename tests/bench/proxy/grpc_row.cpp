#include "tests/bench/proxy/grpc_row.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/proxy/net.h"

namespace stormproof::bench {
namespace {

/// bench_grpc_load and the line to it.
class GrpcLoad {
 public:
  explicit GrpcLoad(const Setting& setting) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
    line_ = Fd(ends[0]);
    const Fd other(ends[1]);
    const std::string window = std::to_string(setting.window);
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin(setting.load_processor());
    ::dup2(other.get(), 0);
    ::dup2(other.get(), 1);
    ::execl(STORMPROOF_GRPC_LOAD, "bench_grpc_load", "4", "0.7", window.c_str(), nullptr);
    ::_exit(127);
  }
  ~GrpcLoad() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  GrpcLoad(const GrpcLoad&) = delete;
  GrpcLoad& operator=(const GrpcLoad&) = delete;

  double read_number() {
    std::string text;
    for (char c = 0; ::read(line_.get(), &c, 1) == 1 && c != '\n';) text += c;
    if (text.empty()) throw Trouble("bench_grpc_load ended");
    return std::stod(text);
  }
  void write_line(std::string text) {
    text += "\n";
    (void)!::write(line_.get(), text.data(), text.size());
  }

 private:
  Fd line_;
  pid_t pid_ = 0;
};

Values measure(const Peer& peer, const Setting& setting) {
  GrpcLoad load(setting);
  const auto server = static_cast<std::uint16_t>(load.read_number());
  const PeerProcess proxy(peer, Duty::pass, server, setting.proxy_processor());
  load.write_line(std::to_string(proxy.port()));
  const double before = proxy.cpu();
  const double rate = load.read_number();
  if (rate == 0) throw Trouble("no message arrived");
  return {{"rate", rate}, {"cpu", (proxy.cpu() - before) / (setting.window + 0.7) / rate * 1e6}};
}

}  // namespace

Row grpc_row() {
  return {"grpc",
          "gRPC server streaming, 100-byte messages, 4 channels",
          {"direct", "stormproof", "haproxy", "nginx", "toxiproxy"},
          {{"rate", "messages/s", 0}, {"cpu", "CPU µs each", 2}},
          {{"rate", "direct", Bar::Must::be_at_least, 0.95}},
          measure,
          Row::Where::unpinned};
}

}  // namespace stormproof::bench
