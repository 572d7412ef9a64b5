/// GET /metrics: what passed, in Prometheus' text format. Toxiproxy's names, and ours.
#pragma once

#include <string>

#include "harness/proxy/proxy_collection.h"

namespace stormproof {

std::string render_metrics(const ProxyCollection& proxies);

}  // namespace stormproof
