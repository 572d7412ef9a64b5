/// A request and a reply of the control API, without the network.
#pragma once

#include <string>
#include <string_view>

namespace stormproof {

struct HttpRequest {
  std::string method;
  std::string target;  ///< as it was sent: "/proxies/a%20b?x=y"
  std::string user_agent;
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::string content_type;  ///< empty: the reply has no such header
  std::string body;
  bool no_sniff = false;  ///< X-Content-Type-Options: nosniff, as Go's http.Error adds it
};

/// "404 page not found": a plain text as Go's http.Error sends it.
HttpReply text_reply(int status, std::string_view text);

}  // namespace stormproof
