/// Toxiproxy's HTTP API: which path and method does what, and the document that answers. No network, no thread.
#pragma once

#include <string>

#include "harness/proxy/http_message.h"
#include "harness/proxy/proxy_collection.h"

namespace stormproof {

/// What GET /version tells: client libraries choose PATCH from 2.6.0 on.
inline constexpr const char* kToxiproxyVersion = "2.12.0";

/// Answers any request whatsoever. The caller's thread, one at a time.
HttpReply answer(const HttpRequest& request, ProxyCollection& proxies);

}  // namespace stormproof
