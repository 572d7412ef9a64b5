#include "harness/proxy/metrics.h"

#include <fmt/core.h>

#include <chrono>

namespace stormproof {

namespace {

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

struct Sample {
  const ProxySpec* proxy;
  LinkStats stats;
};

void head(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

std::string labels(const ProxySpec& proxy) {
  return fmt::format("listener=\"{}\",proxy=\"{}\",upstream=\"{}\"", label_value(proxy.listen), label_value(proxy.name),
                     label_value(proxy.upstream));
}

void bytes(std::string& text, std::string_view name, std::string_view help, const std::vector<Sample>& samples,
           std::uint64_t LinkStats::*upstream, std::uint64_t LinkStats::*downstream) {
  head(text, name, "counter", help);
  for (const Sample& sample : samples) {
    const std::string common = labels(*sample.proxy);
    text += fmt::format("{}{{direction=\"upstream\",{}}} {}\n", name, common, sample.stats.*upstream);
    text += fmt::format("{}{{direction=\"downstream\",{}}} {}\n", name, common, sample.stats.*downstream);
  }
}

void plain(std::string& text, std::string_view name, std::string_view type, std::string_view help,
           const std::vector<Sample>& samples, std::uint64_t LinkStats::*value) {
  head(text, name, type, help);
  for (const Sample& sample : samples) {
    text += fmt::format("{}{{{}}} {}\n", name, labels(*sample.proxy), sample.stats.*value);
  }
}

void hits(std::string& text, const ProxyCollection& proxies) {
  constexpr std::string_view kName = "stormproof_toxic_hits_total";
  head(text, kName, "counter", "How often a toxic acted.");
  for (const auto& [name, proxy] : proxies.proxies()) {
    for (std::size_t i = 0; i < proxy.armed.size(); ++i) {
      if (!proxy.armed[i].fault) continue;
      const ToxicSpec& toxic = proxy.spec.toxics[i];
      text += fmt::format("{}{{proxy=\"{}\",stream=\"{}\",toxic=\"{}\",type=\"{}\"}} {}\n", kName, label_value(name),
                          toxic.direction == Direction::upstream ? "upstream" : "downstream", label_value(toxic.name),
                          label_value(toxic.type), proxy.armed[i].hits());
    }
  }
}

void held(std::string& text, const std::vector<Sample>& samples) {
  constexpr std::string_view kName = "stormproof_proxy_added_latency_seconds";
  head(text, kName, "histogram", "How long toxics kept a chunk, of the chunks they were shown.");
  for (const Sample& sample : samples) {
    const std::string common = labels(*sample.proxy);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kHeldBounds.size(); ++i) {
      sum += sample.stats.held[i];
      text +=
          fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", kName, common, static_cast<double>(kHeldBounds[i]) / 1e9, sum);
    }
    sum += sample.stats.held.back();
    text += fmt::format("{}_bucket{{{},le=\"+Inf\"}} {}\n", kName, common, sum);
    text +=
        fmt::format("{}_sum{{{}}} {}\n", kName, common, std::chrono::duration<double>(sample.stats.held_time).count());
    text += fmt::format("{}_count{{{}}} {}\n", kName, common, sum);
  }
}

}  // namespace

std::string render_metrics(const ProxyCollection& proxies) {
  std::vector<Sample> samples;
  for (const auto& [name, proxy] : proxies.proxies()) {
    samples.push_back({&proxy.spec, proxy.open ? proxies.host().stats(name) : LinkStats{}});
  }
  std::string text;
  bytes(text, "toxiproxy_proxy_received_bytes_total", "The total number of bytes received on a given proxy link.",
        samples, &LinkStats::upstream_received, &LinkStats::downstream_received);
  bytes(text, "toxiproxy_proxy_sent_bytes_total", "The total number of bytes sent on a given proxy link.", samples,
        &LinkStats::upstream_bytes, &LinkStats::downstream_bytes);
  plain(text, "stormproof_proxy_connections_total", "counter", "Connections accepted.", samples,
        &LinkStats::connections);
  plain(text, "stormproof_proxy_connections_open", "gauge", "Connections open now.", samples, &LinkStats::open);
  hits(text, proxies);
  held(text, samples);
  return text;
}

}  // namespace stormproof
