#include "harness/run/api_door.h"

#include <fmt/core.h>

#include "harness/proxy/api_router.h"

namespace stormproof {

ApiDoor::ApiDoor(const Plan& plan, Parts parts)
    : parts_(parts), kinds_(parts.kinds), proxies_(parts.links, kinds_, plan.seed) {
  for (const LinkSpec& link : plan.scenario.links) {
    const auto listen = parts_.links.start(link.name);
    proxies_.adopt(link.name, listen ? *listen : "",
                   fmt::format("{}/{}:{}", link.to_target, link.to_index, link.to_port));
  }
  proxies_.on_poke = [this](const Poke& poke) { record(poke); };
}

ApiDoor::~ApiDoor() { close(); }

Status ApiDoor::open(const std::string& address) {
  auto server = HttpServer::start(address, [this](const HttpRequest& request) { return answer(request, proxies_); });
  if (!server) {
    return environment_error("the API: " + server.error().message, "choose another address, or port 0 for a free one");
  }
  server_ = std::move(*server);
  return {};
}

void ApiDoor::close() {
  server_.reset();
  (void)proxies_.reset();
}

void ApiDoor::record(const Poke& poke) {
  last_action_ = parts_.clock.now().count();
  const std::string name = fmt::format("api:{}/{}", poke.proxy, poke.fault);
  const std::string on = "link " + poke.proxy;
  switch (poke.what) {
    case Poke::What::injected:
      parts_.recorder.record(
          {.type = EventType::inject, .id = poke.kind, .key = on, .by = name, .detail = poke.detail});
      break;
    case Poke::What::changed:
      parts_.recorder.record({.type = EventType::note, .id = poke.kind, .key = on, .by = name, .detail = poke.detail});
      break;
    case Poke::What::healed:
      // Without a count a fault need not prove that it bit: people may arm what they like.
      if (poke.hits > 0) {
        parts_.recorder.record({.type = EventType::bite, .seq = static_cast<std::int64_t>(poke.hits), .by = name});
      }
      parts_.recorder.record({.type = EventType::heal, .id = poke.kind, .key = on, .by = name});
      break;
  }
}

}  // namespace stormproof
