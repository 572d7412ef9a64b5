#include "harness/proxy/api_router.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "harness/base/text.h"
#include "harness/proxy/metrics.h"

namespace stormproof {

namespace {

using Path = std::vector<std::string>;

HttpReply json_reply(int status, std::string body) { return {status, "application/json", std::move(body), false}; }

HttpReply error_reply(const ApiError& error) { return text_reply(error.status, error_document(error)); }

HttpReply empty_reply(int status) { return {status, "", "", false}; }

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
    decoded += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return decoded;
}

/// The segments of the path; nullopt when its escapes are broken. As in Go an encoded slash divides like any other.
std::optional<Path> path_of(std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    const auto slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  target = target.substr(0, target.find_first_of("?#"));
  auto decoded = percent_decoded(target);
  if (!decoded) return std::nullopt;
  if (!decoded->starts_with('/')) return Path{""};
  return split(std::string_view(*decoded).substr(1), '/');
}

class Api {
 public:
  Api(const HttpRequest& request, ProxyCollection& proxies) : request_(request), proxies_(proxies) {}

  HttpReply show_all() {
    std::string json = "{";
    for (const auto& [name, proxy] : proxies_.proxies()) {
      if (json.size() > 1) json += ',';
      append_go_string(json, name);
      json += ':';
      append_proxy(json, proxy.spec);
    }
    return json_reply(200, json + '}');
  }

  HttpReply create() {
    return with_body([&](const JsonValue& body) {
      auto proxy = read_proxy(body, proxies_.kinds());
      if (const auto* error = std::get_if<ApiError>(&proxy)) return error_reply(*error);
      const std::string name = std::get<ProxySpec>(proxy).name;
      return unless(proxies_.create(std::get<ProxySpec>(std::move(proxy))), [&] { return show(name, 201); });
    });
  }

  HttpReply show(const std::string& name, int status = 200) {
    const auto* proxy = proxies_.find(name);
    if (proxy == nullptr) return error_reply({404, "proxy not found"});
    std::string json;
    append_proxy(json, proxy->spec);
    return json_reply(status, std::move(json));
  }

  HttpReply update(const std::string& name) {
    if (proxies_.find(name) == nullptr) return error_reply({404, "proxy not found"});
    return with_body([&](const JsonValue& body) {
      const auto change = read_change(body);
      if (const auto* error = std::get_if<ApiError>(&change)) return error_reply(*error);
      return unless(proxies_.update(name, std::get<ProxyChange>(change)), [&] { return show(name); });
    });
  }

  HttpReply remove(const std::string& name) {
    return unless(proxies_.remove(name), [] { return empty_reply(204); });
  }

  HttpReply reset() {
    return unless(proxies_.reset(), [] { return empty_reply(204); });
  }

  /// The one endpoint whose errors are application/json.
  HttpReply populate() {
    ProxyCollection::Trouble trouble;
    std::vector<std::string> done;
    auto body = read_body(request_.body);
    if (const auto* error = std::get_if<ApiError>(&body)) {
      trouble = *error;
    } else {
      auto proxies = read_proxies(std::get<JsonValue>(body), proxies_.kinds());
      if (const auto* mistake = std::get_if<ApiError>(&proxies)) {
        trouble = *mistake;
      } else {
        trouble = proxies_.populate(std::get<std::vector<ProxySpec>>(std::move(proxies)), done);
      }
    }
    std::string json = trouble ? error_document(*trouble) : "{}";
    json.back() = trouble ? ',' : ' ';
    if (!trouble) json.pop_back();
    json += "\"proxies\":";
    append_populated(json, done);
    return json_reply(trouble ? trouble->status : 201, json + '}');
  }

  HttpReply show_toxics(const std::string& name) {
    const auto* proxy = proxies_.find(name);
    if (proxy == nullptr) return error_reply({404, "proxy not found"});
    std::string json;
    append_toxics(json, proxy->spec.toxics);
    return json_reply(200, std::move(json));
  }

  HttpReply add_toxic(const std::string& name) {
    if (proxies_.find(name) == nullptr) return error_reply({404, "proxy not found"});
    return with_body([&](const JsonValue& body) {
      auto toxic = read_toxic(body, proxies_.kinds());
      if (const auto* error = std::get_if<ApiError>(&toxic)) return error_reply(*error);
      const auto& spec = std::get<ToxicSpec>(toxic);
      return unless(proxies_.add_toxic(name, spec), [&] { return show_toxic(name, spec.name); });
    });
  }

  HttpReply show_toxic(const std::string& name, const std::string& toxic_name) {
    if (proxies_.find(name) == nullptr) return error_reply({404, "proxy not found"});
    const ToxicSpec* toxic = proxies_.find_toxic(name, toxic_name);
    if (toxic == nullptr) return error_reply({404, "toxic not found"});
    std::string json;
    append_toxic(json, *toxic);
    return json_reply(200, std::move(json));
  }

  HttpReply update_toxic(const std::string& name, const std::string& toxic_name) {
    if (proxies_.find(name) == nullptr) return error_reply({404, "proxy not found"});
    const ToxicSpec* toxic = proxies_.find_toxic(name, toxic_name);
    if (toxic == nullptr) return error_reply({404, "toxic not found"});
    return with_body([&](const JsonValue& body) {
      const auto changed = read_toxic_change(body, *proxies_.kinds().find(toxic->type), *toxic);
      if (const auto* error = std::get_if<ApiError>(&changed)) return error_reply(*error);
      return unless(proxies_.update_toxic(name, std::get<ToxicSpec>(changed)),
                    [&] { return show_toxic(name, toxic_name); });
    });
  }

  HttpReply remove_toxic(const std::string& name, const std::string& toxic) {
    return unless(proxies_.remove_toxic(name, toxic), [] { return empty_reply(204); });
  }

 private:
  template <class Next>
  HttpReply with_body(Next next) {
    const auto body = read_body(request_.body);
    if (const auto* error = std::get_if<ApiError>(&body)) return error_reply(*error);
    return next(std::get<JsonValue>(body));
  }
  template <class Next>
  static HttpReply unless(const ProxyCollection::Trouble& trouble, Next next) {
    return trouble ? error_reply(*trouble) : next();
  }
  void append_populated(std::string& json, const std::vector<std::string>& names) const {
    if (names.empty()) {
      json += "null";
      return;
    }
    json += '[';
    for (const std::string& name : names) {
      if (json.back() != '[') json += ',';
      append_proxy(json, proxies_.find(name)->spec);
    }
    json += ']';
  }

  const HttpRequest& request_;
  ProxyCollection& proxies_;
};

struct Route {
  std::string_view method;
  HttpReply (*act)(Api& api, const Path& path);
};
using Routes = std::span<const Route>;

HttpReply version(Api&, const Path&) {
  return {200, "application/json;charset=utf-8", fmt::format("{{\"version\": \"{}\"}}\n", kToxiproxyVersion), false};
}

constexpr Route kVersion[] = {{"GET", version}};
constexpr Route kReset[] = {{"POST", [](Api& api, const Path&) { return api.reset(); }}};
constexpr Route kPopulate[] = {{"POST", [](Api& api, const Path&) { return api.populate(); }}};
constexpr Route kProxies[] = {{"GET", [](Api& api, const Path&) { return api.show_all(); }},
                              {"POST", [](Api& api, const Path&) { return api.create(); }}};
constexpr Route kProxy[] = {{"GET", [](Api& api, const Path& path) { return api.show(path[1]); }},
                            {"POST", [](Api& api, const Path& path) { return api.update(path[1]); }},
                            {"PATCH", [](Api& api, const Path& path) { return api.update(path[1]); }},
                            {"DELETE", [](Api& api, const Path& path) { return api.remove(path[1]); }}};
constexpr Route kToxics[] = {{"GET", [](Api& api, const Path& path) { return api.show_toxics(path[1]); }},
                             {"POST", [](Api& api, const Path& path) { return api.add_toxic(path[1]); }}};
constexpr Route kToxic[] = {{"GET", [](Api& api, const Path& path) { return api.show_toxic(path[1], path[3]); }},
                            {"POST", [](Api& api, const Path& path) { return api.update_toxic(path[1], path[3]); }},
                            {"PATCH", [](Api& api, const Path& path) { return api.update_toxic(path[1], path[3]); }},
                            {"DELETE", [](Api& api, const Path& path) { return api.remove_toxic(path[1], path[3]); }}};

Routes routes_of(const Path& path) {
  const std::string& first = path.front();
  const bool named = std::all_of(path.begin(), path.end(), [](const auto& segment) { return !segment.empty(); });
  if (!named) return {};
  if (path.size() == 1 && first == "version") return kVersion;
  if (path.size() == 1 && first == "reset") return kReset;
  if (path.size() == 1 && first == "populate") return kPopulate;
  if (first != "proxies") return {};
  if (path.size() == 1) return kProxies;
  if (path.size() == 2) return kProxy;
  if (path[2] != "toxics") return {};
  if (path.size() == 3) return kToxics;
  return path.size() == 4 ? Routes(kToxic) : Routes();
}

}  // namespace

HttpReply text_reply(int status, std::string_view text) {
  return {status, "text/plain; charset=utf-8", std::string(text) + '\n', true};
}

HttpReply answer(const HttpRequest& request, ProxyCollection& proxies) {
  const auto path = path_of(request.target);
  if (!path) return {400, "text/plain; charset=utf-8", "400 Bad Request", false};
  const bool metrics = path->size() == 1 && path->front() == "metrics";
  const Routes routes = routes_of(*path);
  if (!metrics && routes.empty()) return text_reply(404, "404 page not found");
  const auto route =
      std::find_if(routes.begin(), routes.end(), [&](const Route& entry) { return entry.method == request.method; });
  if (!metrics && route == routes.end()) return empty_reply(405);
  // A page a browser has open must not reach the API of its user's machine.
  if (request.user_agent.starts_with("Mozilla/")) return text_reply(403, "User agent not allowed");
  if (metrics) return {200, "text/plain; version=0.0.4; charset=utf-8", render_metrics(proxies), false};
  Api api(request, proxies);
  return route->act(api, *path);
}

}  // namespace stormproof
