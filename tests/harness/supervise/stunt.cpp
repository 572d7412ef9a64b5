// A target that does what the test says:
//   listen DELAY_MS PORT      accepts connections after a while
//   http BAD PORT             answers 503 BAD times, then 200; prints request lines
//   print BYTES               prints so many bytes without a newline
//   grow BYTES                touches so much memory, prints "grown", sleeps
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

int listen_on(int port) {
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::exit(9);
  ::listen(server, 16);
  return server;
}

void serve_http(int bad, int port) {
  const int server = listen_on(port);
  for (;;) {
    const int client = ::accept(server, nullptr, nullptr);
    char request[1024];
    const ssize_t n = ::read(client, request, sizeof request - 1);
    if (n > 0) {
      request[n] = '\0';
      std::printf("%s\n", std::string(request, std::strcspn(request, "\r\n")).c_str());
      std::fflush(stdout);
      const std::string status = bad-- > 0 ? "503 Service Unavailable" : "200 OK";
      const std::string answer = "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n";
      (void)!::write(client, answer.data(), answer.size());
    }
    ::close(client);
  }
}

void print_bytes(std::size_t bytes) {
  const std::string block(1U << 20U, 'x');
  while (bytes > 0) {
    const std::size_t now = bytes < block.size() ? bytes : block.size();
    const ssize_t n = ::write(1, block.data(), now);
    if (n <= 0) std::exit(8);
    bytes -= static_cast<std::size_t>(n);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::string stunt = argv[1];
  if (stunt == "listen") {
    ::poll(nullptr, 0, std::atoi(argv[2]));
    const int server = listen_on(std::atoi(argv[3]));
    for (;;) ::close(::accept(server, nullptr, nullptr));
  }
  if (stunt == "http") serve_http(std::atoi(argv[2]), std::atoi(argv[3]));
  if (stunt == "print") print_bytes(std::strtoull(argv[2], nullptr, 10));
  if (stunt == "grow") {
    std::vector<char> memory(std::strtoull(argv[2], nullptr, 10), 'x');
    std::printf("grown %zu\n", memory.size());
    std::fflush(stdout);
    ::pause();
  }
  return 0;
}
