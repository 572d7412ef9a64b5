/// Addresses as Go's net package reads and prints them, because clients of Toxiproxy compare the text.
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace stormproof {

/// "localhost:80" -> "127.0.0.1:80", ":80" and "" (port 0) -> "[::]:80"; "unix:/path" and other host names stay. The
/// error is Go's: "address local373: missing port in address".
Result<std::string> resolve_listen(std::string_view address);

/// Whether an upstream can be dialled at all: "host:port" or "unix:/path". The error as above.
Status check_upstream(std::string_view address);

struct HostPort {
  std::string host;  ///< without brackets; may be empty
  std::uint16_t port = 0;
};
/// Splits and checks. The error as above.
Result<HostPort> split_host_port(std::string_view address);

}  // namespace stormproof
