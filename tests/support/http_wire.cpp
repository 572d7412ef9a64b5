#include "tests/support/http_wire.h"

#include <algorithm>
#include <cctype>

namespace stormproof {

std::string http_request(const std::string& method, const std::string& target, const std::string& body,
                         const std::vector<std::string>& headers) {
  std::string text = method + ' ' + target + " HTTP/1.1\r\nHost: test\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  if (!body.empty() || method == "POST" || method == "PATCH") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text + "\r\n" + body;
}

WireReply read_reply(TestSocket& socket, bool to_head) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const TestSocket::Read read = socket.receive(1);
    head += read.bytes;
    if (read.bytes.empty()) return {};
  }
  WireReply reply;
  std::size_t line = head.find("\r\n") + 2;
  reply.status = std::stoi(head.substr(head.find(' ') + 1));
  for (std::size_t end = 0; (end = head.find("\r\n", line)) != line; line = end + 2) {
    const std::size_t colon = head.find(": ", line);
    std::string name = head.substr(line, colon - line);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    reply.headers[name] = head.substr(colon + 2, end - colon - 2);
  }
  const auto length = reply.headers.find("content-length");
  if (!to_head && length != reply.headers.end()) reply.body = socket.receive(std::stoul(length->second)).bytes;
  return reply;
}

WireReply http_exchange(const std::string& address, const std::string& method, const std::string& target,
                        const std::string& body, const std::vector<std::string>& headers) {
  TestSocket socket = TestSocket::connect(address);
  if (!socket.send(http_request(method, target, body, headers))) return {};
  return read_reply(socket, method == "HEAD");
}

}  // namespace stormproof
