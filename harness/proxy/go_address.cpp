#include "harness/proxy/go_address.h"

#include <fmt/core.h>

#include <charconv>

#include "harness/base/text.h"

namespace stormproof {

namespace {

constexpr std::string_view kUnix = "unix:";

Error address_error(std::string_view address, std::string_view what) {
  return usage_error(fmt::format("address {}: {}", printable(address), what));
}

}  // namespace

Result<HostPort> split_host_port(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == std::string_view::npos) return address_error(address, "missing port in address");
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  if (host.starts_with('[')) {
    const auto close = address.find(']');
    if (close == std::string_view::npos) return address_error(address, "missing ']' in address");
    if (close + 1 == address.size()) return address_error(address, "missing port in address");
    if (close + 1 != colon) return address_error(address, "too many colons in address");
    host = address.substr(1, close - 1);
  } else if (host.find(':') != std::string_view::npos) {
    return address_error(address, "too many colons in address");
  }
  HostPort split{std::string(host), 0};
  if (port.empty()) return split;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), split.port);
  if (failure != std::errc{} || end != port.data() + port.size()) {
    return address_error(port, "invalid port");
  }
  return split;
}

Result<std::string> resolve_listen(std::string_view address) {
  if (address.empty()) return std::string("[::]:0");
  if (address.starts_with(kUnix)) return std::string(address);
  const auto split = split_host_port(address);
  if (!split) return split.error();
  const std::string host = split->host == "localhost" ? "127.0.0.1" : split->host.empty() ? "::" : split->host;
  return host.find(':') != std::string::npos ? fmt::format("[{}]:{}", host, split->port)
                                             : fmt::format("{}:{}", host, split->port);
}

Status check_upstream(std::string_view address) {
  if (address.starts_with(kUnix)) return Status::success();
  const auto split = split_host_port(address);
  return split ? Status::success() : Status(split.error());
}

}  // namespace stormproof
