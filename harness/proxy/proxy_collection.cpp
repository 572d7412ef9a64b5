#include "harness/proxy/proxy_collection.h"

#include <fmt/core.h>

#include <algorithm>

#include "harness/base/rng.h"
#include "harness/proxy/go_address.h"

namespace stormproof {

namespace {

using Trouble = ProxyCollection::Trouble;

constexpr const char* kGiven =
    "the links of a running scenario are neither made, moved nor removed: add toxics to them, or disable them";

const ApiError kNoProxy{404, "proxy not found"};
const ApiError kNoToxic{404, "toxic not found"};

Trouble server_error(const Status& status) {
  if (status.ok()) return std::nullopt;
  return ApiError{500, status.error().message};
}

/// Reference clients see nothing but that the client is closed when an upstream cannot be dialled; one that can never
/// be is told at once.
Trouble upstream_trouble(const std::string& upstream) {
  const Status fits = check_upstream(upstream);
  if (fits) return std::nullopt;
  return ApiError{400, "upstream: " + fits.error().message};
}

std::size_t index_of(const std::vector<ToxicSpec>& toxics, const std::string& name) {
  const auto found = std::find_if(toxics.begin(), toxics.end(), [&](const auto& toxic) { return toxic.name == name; });
  return static_cast<std::size_t>(found - toxics.begin());
}

}  // namespace

ProxyCollection::~ProxyCollection() {
  for (auto& [name, proxy] : proxies_) {
    for (std::size_t i = 0; given_ && i < proxy.armed.size(); ++i) {
      if (proxy.armed[i].fault) (void)host_.disarm(name, proxy.armed[i].fault);
    }
    if (!given_ && proxy.open) (void)host_.close(name);
  }
}

void ProxyCollection::adopt(const std::string& link, const std::string& listen, const std::string& upstream) {
  given_ = true;
  proxies_[link] = {{link, listen, upstream, true, {}}, {}, true};
}

const ProxyCollection::Proxy* ProxyCollection::find(const std::string& name) const {
  const auto found = proxies_.find(name);
  return found == proxies_.end() ? nullptr : &found->second;
}

Trouble ProxyCollection::create(ProxySpec proxy) {
  if (given_) return ApiError{403, kGiven};
  if (proxies_.contains(proxy.name)) return ApiError{409, "proxy already exists"};
  return place(std::move(proxy));
}

Trouble ProxyCollection::place(ProxySpec spec) {
  if (auto trouble = upstream_trouble(spec.upstream)) return trouble;
  Proxy proxy;
  for (const ToxicSpec& toxic : spec.toxics) {
    auto made = make(toxic, spec.name);
    if (const auto* error = std::get_if<ApiError>(&made)) return *error;
    proxy.armed.push_back(std::get<Toxic>(std::move(made)));
  }
  const bool wanted = std::exchange(spec.enabled, false);
  proxy.spec = std::move(spec);
  if (wanted) {
    if (auto trouble = start(proxy)) {
      close(proxy);
      return trouble;
    }
  }
  std::string name = proxy.spec.name;
  proxies_.insert_or_assign(std::move(name), std::move(proxy));
  return std::nullopt;
}

Answer<ProxyCollection::Toxic> ProxyCollection::make(const ToxicSpec& toxic, const std::string& proxy) const {
  const ToxicType* type = kinds_.find(toxic.type);
  if (type == nullptr) return ApiError{400, "invalid toxic type"};
  // By name: the same proxy and toxic draw the same in the next run with this seed, whatever else exists.
  const std::uint64_t stream = Rng(seed_).fork("proxy/" + proxy).fork("toxic/" + toxic.name).seed();
  auto fault = make_toxic(*type, toxic, proxy, stream);
  if (!fault) return ApiError{400, "bad request body: " + fault.error().message};
  return Toxic{type, std::move(*fault), 0};
}

/// The link exists before it listens, so that no connection comes before its toxics.
Trouble ProxyCollection::open(Proxy& proxy) {
  const auto listen = resolve_listen(proxy.spec.listen);
  if (!listen) return ApiError{500, "listen tcp: " + listen.error().message};
  LinkOptions options;
  options.listen = *listen;
  options.upstream = proxy.spec.upstream;
  options.enabled = false;
  options.loopback_only = false;
  if (const auto opened = host_.open(proxy.spec.name, options); !opened) return ApiError{500, opened.error().message};
  proxy.open = true;
  for (std::size_t i = 0; i < proxy.armed.size(); ++i) {
    Toxic& toxic = proxy.armed[i];
    if (!toxic.fault) continue;
    const Status armed = host_.arm(proxy.spec.name, proxy.spec.toxics[i].direction, toxic.fault);
    if (!armed) return server_error(armed);
  }
  return std::nullopt;
}

Trouble ProxyCollection::start(Proxy& proxy) {
  if (given_) {
    const Status up = host_.set_down(proxy.spec.name, false);
    proxy.spec.enabled = up.ok();
    return server_error(up);
  }
  if (!proxy.open) {
    if (auto trouble = open(proxy)) {
      close(proxy);
      return trouble;
    }
  }
  const auto listening = host_.start(proxy.spec.name);
  if (!listening) return ApiError{500, listening.error().message};
  proxy.spec.listen = *listening;
  proxy.spec.enabled = true;
  return std::nullopt;
}

void ProxyCollection::stop(Proxy& proxy) {
  if (given_) {
    (void)host_.set_down(proxy.spec.name, true);
  } else if (proxy.open) {
    (void)host_.stop(proxy.spec.name);
  }
  proxy.spec.enabled = false;
}

void ProxyCollection::close(Proxy& proxy) {
  if (proxy.open) (void)host_.close(proxy.spec.name);
  proxy.open = false;
  proxy.spec.enabled = false;
}

Trouble ProxyCollection::update(const std::string& name, const ProxyChange& change) {
  const auto found = proxies_.find(name);
  if (found == proxies_.end()) return kNoProxy;
  Proxy& proxy = found->second;
  const auto listen = resolve_listen(change.listen.value_or(proxy.spec.listen));
  if (!listen && change.listen) return ApiError{500, listen.error().message};
  const std::string upstream = change.upstream.value_or(proxy.spec.upstream);
  const bool moved = (change.listen && *listen != proxy.spec.listen) || upstream != proxy.spec.upstream;
  const bool enabled = change.enabled.value_or(proxy.spec.enabled);
  if (moved) {
    if (given_) return ApiError{403, kGiven};
    if (auto trouble = upstream_trouble(upstream)) return trouble;
    // The new link asks its toxics afresh; what they kept about connections is gone with those.
    std::vector<Toxic> fresh;
    for (std::size_t i = 0; i < proxy.spec.toxics.size(); ++i) {
      auto made = make(proxy.spec.toxics[i], name);
      if (const auto* error = std::get_if<ApiError>(&made)) return *error;
      fresh.push_back(std::get<Toxic>(std::move(made)));
      fresh.back().hits_before = proxy.armed[i].hits();
    }
    close(proxy);
    proxy.armed = std::move(fresh);
    proxy.spec.listen = change.listen.value_or(proxy.spec.listen);
    proxy.spec.upstream = upstream;
  }
  if (enabled == proxy.spec.enabled) return std::nullopt;
  if (on_poke) {
    on_poke({enabled ? Poke::What::healed : Poke::What::injected, name, "down", "down", {}, 0});
  }
  if (enabled) return start(proxy);
  stop(proxy);
  return std::nullopt;
}

Trouble ProxyCollection::remove(const std::string& name) {
  const auto found = proxies_.find(name);
  if (found == proxies_.end()) return kNoProxy;
  if (given_) return ApiError{403, kGiven};
  close(found->second);
  proxies_.erase(found);
  return std::nullopt;
}

Trouble ProxyCollection::reset() {
  for (auto& [name, proxy] : proxies_) {
    if (!proxy.spec.enabled) {
      ProxyChange on;
      on.enabled = true;
      if (auto trouble = update(name, on)) return trouble;
    }
    while (!proxy.spec.toxics.empty()) drop_toxic(proxy, proxy.spec.toxics.size() - 1);
  }
  return std::nullopt;
}

Trouble ProxyCollection::populate(std::vector<ProxySpec> proxies, std::vector<std::string>& done) {
  if (given_ && !proxies.empty()) return ApiError{403, kGiven};
  for (ProxySpec& proxy : proxies) {
    std::string name = proxy.name;
    const auto found = proxies_.find(name);
    if (found != proxies_.end()) {
      Proxy& known = found->second;
      const auto listen = resolve_listen(proxy.listen);
      const bool same_listen = (listen && *listen == known.spec.listen) || proxy.listen == known.spec.listen;
      if (same_listen && proxy.upstream == known.spec.upstream) {
        done.push_back(std::move(name));
        continue;
      }
      if (auto trouble = upstream_trouble(proxy.upstream)) return trouble;
      stop(known);
      close(known);
    }
    if (auto trouble = place(std::move(proxy))) return trouble;
    done.push_back(std::move(name));
  }
  return std::nullopt;
}

const ToxicSpec* ProxyCollection::find_toxic(const std::string& proxy, const std::string& toxic) const {
  const Proxy* found = find(proxy);
  if (found == nullptr) return nullptr;
  const std::size_t index = index_of(found->spec.toxics, toxic);
  return index == found->spec.toxics.size() ? nullptr : &found->spec.toxics[index];
}

Trouble ProxyCollection::add_toxic(const std::string& proxy_name, const ToxicSpec& toxic) {
  const auto found = proxies_.find(proxy_name);
  if (found == proxies_.end()) return kNoProxy;
  Proxy& proxy = found->second;
  if (find_toxic(proxy_name, toxic.name) != nullptr) return ApiError{409, "toxic already exists"};
  auto made = make(toxic, proxy_name);
  if (const auto* error = std::get_if<ApiError>(&made)) return *error;
  Toxic& armed = std::get<Toxic>(made);
  tell(Poke::What::injected, proxy, toxic);
  if (proxy.open && armed.fault) {
    if (const Status status = host_.arm(proxy_name, toxic.direction, armed.fault); !status) {
      tell(Poke::What::healed, proxy, toxic);
      return server_error(status);
    }
  }
  proxy.spec.toxics.push_back(toxic);
  proxy.armed.push_back(std::move(armed));
  return std::nullopt;
}

Trouble ProxyCollection::update_toxic(const std::string& proxy_name, const ToxicSpec& toxic) {
  const auto found = proxies_.find(proxy_name);
  if (found == proxies_.end()) return kNoProxy;
  Proxy& proxy = found->second;
  const std::size_t index = index_of(proxy.spec.toxics, toxic.name);
  if (index == proxy.spec.toxics.size()) return kNoToxic;
  auto made = make(toxic, proxy_name);
  if (const auto* error = std::get_if<ApiError>(&made)) return *error;
  Toxic& armed = std::get<Toxic>(made);
  tell(Poke::What::changed, proxy, toxic);
  if (proxy.open && armed.fault) {
    const Status status = host_.replace(proxy_name, proxy.armed[index].fault, armed.fault);
    if (!status) return server_error(status);
  }
  armed.hits_before = proxy.armed[index].hits();
  proxy.spec.toxics[index] = toxic;
  proxy.armed[index] = std::move(armed);
  return std::nullopt;
}

Trouble ProxyCollection::remove_toxic(const std::string& proxy_name, const std::string& toxic) {
  const auto found = proxies_.find(proxy_name);
  if (found == proxies_.end()) return kNoProxy;
  const std::size_t index = index_of(found->second.spec.toxics, toxic);
  if (index == found->second.spec.toxics.size()) return kNoToxic;
  drop_toxic(found->second, index);
  return std::nullopt;
}

void ProxyCollection::drop_toxic(Proxy& proxy, std::size_t index) {
  const auto place = static_cast<std::ptrdiff_t>(index);
  const Toxic armed = std::move(proxy.armed[index]);
  const ToxicSpec toxic = std::move(proxy.spec.toxics[index]);
  proxy.armed.erase(proxy.armed.begin() + place);
  proxy.spec.toxics.erase(proxy.spec.toxics.begin() + place);
  if (proxy.open && armed.fault) (void)host_.disarm(proxy.spec.name, armed.fault);
  tell(Poke::What::healed, proxy, toxic, armed.hits());
}

void ProxyCollection::tell(Poke::What what, const Proxy& proxy, const ToxicSpec& toxic, std::uint64_t hits) const {
  if (!on_poke) return;
  std::string document;
  if (what != Poke::What::healed) append_toxic(document, toxic);
  on_poke({what, proxy.spec.name, toxic.name, toxic.type, std::move(document), hits});
}

}  // namespace stormproof
