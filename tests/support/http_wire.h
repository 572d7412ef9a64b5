/// HTTP/1.1 by hand, so that tests see and send exactly what is on the wire.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/test_socket.h"

namespace stormproof {

struct WireReply {
  int status = 0;                              ///< 0: the peer closed before a whole reply
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// The bytes of a request; Content-Length is added when there is a body.
std::string http_request(const std::string& method, const std::string& target, const std::string& body = {},
                         const std::vector<std::string>& headers = {});

/// Reads one reply; `to_head`: it has no body whatever its length says.
WireReply read_reply(TestSocket& socket, bool to_head = false);

/// One request on a connection of its own.
WireReply http_exchange(const std::string& address, const std::string& method, const std::string& target,
                        const std::string& body = {}, const std::vector<std::string>& headers = {});

}  // namespace stormproof
