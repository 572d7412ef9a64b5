// The physical limit: what a proxy costs that does nothing but move bytes. One thread, edge-triggered epoll, no faults,
// no errors worth telling, no limits.
//
//   bench_bare_proxy splice|copy LISTEN_PORT UPSTREAM_PORT
//
// splice: bytes go through a pipe that a direction takes from a pool while it has bytes and gives back when it is
// empty. copy:   bytes go through one 64 KiB buffer of the thread; what does not fit into the other socket is kept.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fcntl.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr std::size_t kCopySize = std::size_t{64} << 10U;
constexpr std::size_t kSpliceSize = std::size_t{1} << 20U;
constexpr int kPipeSize = 1 << 18U;

bool g_splice = false;
int g_epoll = -1;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};
std::vector<Pipe> g_pipes;

Pipe take_pipe() {
  if (g_pipes.empty()) {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) std::abort();
    ::fcntl(ends[1], F_SETPIPE_SZ, kPipeSize);
    return {ends[0], ends[1]};
  }
  const Pipe pipe = g_pipes.back();
  g_pipes.pop_back();
  return pipe;
}

/// One way through a connection.
struct Flow {
  int from = -1;
  int to = -1;
  std::size_t waiting = 0;  ///< bytes in the pipe, or at the end of `kept`
  Pipe pipe;
  std::vector<char> kept;
  bool readable = true;
  bool writable = true;
  bool ended = false;  ///< FIN was passed on
};

enum class Step { moved, blocked, broken };

/// Learns from a failed call on a socket whether to wait for it.
Step wait_or_break(bool& flag) {
  if (errno != EAGAIN) return Step::broken;
  flag = false;
  return Step::blocked;
}

Step pass_fin(Flow& flow) {
  flow.ended = true;
  ::shutdown(flow.to, SHUT_WR);
  return Step::blocked;
}

Step splice_out(Flow& flow) {
  const ssize_t moved =
      ::splice(flow.pipe.read_end, nullptr, flow.to, nullptr, flow.waiting, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved <= 0) return wait_or_break(flow.writable);
  flow.waiting -= static_cast<std::size_t>(moved);
  return Step::moved;
}

Step splice_in(Flow& flow) {
  if (flow.pipe.read_end < 0) flow.pipe = take_pipe();
  const ssize_t moved =
      ::splice(flow.from, nullptr, flow.pipe.write_end, nullptr, kSpliceSize, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (moved == 0) return pass_fin(flow);
  if (moved < 0) return wait_or_break(flow.readable);
  flow.waiting = static_cast<std::size_t>(moved);
  return Step::moved;
}

Step copy_out(Flow& flow) {
  const char* begin = flow.kept.data() + flow.kept.size() - flow.waiting;
  const ssize_t sent = ::send(flow.to, begin, flow.waiting, MSG_NOSIGNAL);
  if (sent < 0) return wait_or_break(flow.writable);
  flow.waiting -= static_cast<std::size_t>(sent);
  return Step::moved;
}

Step copy_in(Flow& flow) {
  static std::array<char, kCopySize> buffer;
  const ssize_t got = ::recv(flow.from, buffer.data(), buffer.size(), 0);
  if (got == 0) return pass_fin(flow);
  if (got < 0) return wait_or_break(flow.readable);
  const ssize_t sent = flow.writable ? ::send(flow.to, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) : 0;
  if (sent < 0 && errno != EAGAIN) return Step::broken;
  const ssize_t passed = sent < 0 ? 0 : sent;
  if (passed < got) {
    flow.kept.assign(buffer.data() + passed, buffer.data() + got);
    flow.waiting = flow.kept.size();
  } else if (got < static_cast<ssize_t>(buffer.size())) {
    flow.readable = false;  // drained; the next edge says when there is more
    return Step::blocked;
  }
  return Step::moved;
}

Step step(Flow& flow) {
  if (flow.waiting > 0) return !flow.writable ? Step::blocked : g_splice ? splice_out(flow) : copy_out(flow);
  if (flow.ended || !flow.readable) return Step::blocked;
  return g_splice ? splice_in(flow) : copy_in(flow);
}

/// False: the connection broke.
bool pump(Flow& flow) {
  Step last = Step::moved;
  while (last == Step::moved) last = step(flow);
  if (flow.waiting == 0 && flow.pipe.read_end >= 0) {
    g_pipes.push_back(flow.pipe);
    flow.pipe = {};
  }
  return last != Step::broken;
}

struct Connection {
  Flow up;
  Flow down;
  bool closed = false;
};

/// The two ends of a connection as epoll knows them: the pointer, its lowest bit set for the server's end.
void watch(int fd, const Connection* connection, bool server) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = reinterpret_cast<std::uintptr_t>(connection) | (server ? 1U : 0U);
  ::epoll_ctl(g_epoll, EPOLL_CTL_ADD, fd, &event);
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void accept_all(int listener, const sockaddr_in& upstream) {
  const int on = 1;
  for (;;) {
    const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::connect(server, reinterpret_cast<const sockaddr*>(&upstream), sizeof upstream);
    auto* connection = new Connection;
    connection->up.from = connection->down.to = client;
    connection->up.to = connection->down.from = server;
    connection->up.writable = connection->down.readable = false;  // until it is connected
    watch(client, connection, false);
    watch(server, connection, true);
  }
}

void close_connection(Connection& connection) {
  for (const Flow* flow : {&connection.up, &connection.down}) {
    ::close(flow->from);
    if (flow->pipe.read_end < 0) continue;
    ::close(flow->pipe.read_end);  // its bytes belong to nobody else
    ::close(flow->pipe.write_end);
  }
  connection.closed = true;
}

void on_event(const epoll_event& event, Connection& connection) {
  if (connection.closed) return;
  const bool server = (event.data.u64 & 1U) != 0;
  Flow& out = server ? connection.up : connection.down;
  Flow& in = server ? connection.down : connection.up;
  if ((event.events & EPOLLOUT) != 0) out.writable = true;
  if ((event.events & (EPOLLIN | EPOLLRDHUP)) != 0) in.readable = true;
  const bool fine = (event.events & EPOLLERR) == 0 && pump(in) && pump(out);
  if (!fine || (connection.up.ended && connection.down.ended)) close_connection(connection);
}

void serve(int listener, const sockaddr_in& upstream) {
  std::array<epoll_event, 256> events{};
  std::vector<Connection*> done;
  for (;;) {
    const int count = ::epoll_wait(g_epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == 0) {
        accept_all(listener, upstream);
        continue;
      }
      auto* connection = reinterpret_cast<Connection*>(event.data.u64 & ~std::uintptr_t{1});
      const bool was_closed = connection->closed;
      on_event(event, *connection);
      if (connection->closed && !was_closed) done.push_back(connection);
    }
    for (const Connection* connection : done) delete connection;
    done.clear();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  g_splice = std::strcmp(argv[1], "splice") == 0;
  ::signal(SIGPIPE, SIG_IGN);
  g_epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = loopback(std::stoi(argv[2]));
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
  if (::listen(listener, 4096) != 0) return 1;
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(g_epoll, EPOLL_CTL_ADD, listener, &event);
  serve(listener, loopback(std::stoi(argv[3])));
}
