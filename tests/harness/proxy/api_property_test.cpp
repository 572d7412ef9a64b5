// Whatever is asked in whatever order: the API agrees with a model that knows the rules but no code of ours, and the
// links are as it says. Whatever is sent: there is an answer.
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "harness/proxy/api_router.h"
#include "tests/conformance/script.h"
#include "tests/harness/proxy/recorded_kinds.h"
#include "tests/support/fake_link_host.h"

namespace stormproof {
namespace {

using nlohmann::json;

/// Proxies a and b, two ports and one that is taken, two upstreams; toxics t and u.
class Model {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::string body;
  };

  /// Draws a request, does it to the model and says what status must come.
  std::pair<Request, int> step() {
    switch (*rc::gen::inRange(0, 8)) {
      case 0: return create();
      case 1: return patch();
      case 2: return remove();
      case 3: return add_toxic();
      case 4: return patch_toxic();
      case 5: return remove_toxic();
      case 6: return reset();
      default: return {{"GET", "/proxies/a", ""}, state.contains("a") ? 200 : 404};
    }
  }

  json state = json::object();  ///< what GET /proxies must show

 private:
  static std::string name() { return *rc::gen::element<std::string>("a", "b"); }
  static std::string toxic_name() { return *rc::gen::element<std::string>("t", "u"); }
  static std::string listen() {
    return *rc::gen::element<std::string>("127.0.0.1:3001", "127.0.0.1:3002", "127.0.0.1:3999");
  }
  static std::string upstream() { return *rc::gen::element<std::string>("127.0.0.1:1", "127.0.0.1:2"); }

  bool can_listen(const std::string& who, const std::string& where) const {
    if (where == "127.0.0.1:3999") return false;
    for (const auto& [other, proxy] : state.items()) {
      if (other != who && proxy["enabled"] && proxy["listen"] == where) return false;
    }
    return true;
  }
  json* find_toxic(const std::string& proxy, const std::string& toxic) {
    for (json& entry : state[proxy]["toxics"]) {
      if (entry["name"] == toxic) return &entry;
    }
    return nullptr;
  }

  std::pair<Request, int> create() {
    const std::string who = name();
    const bool enabled = *rc::gen::arbitrary<bool>();
    const json body = {{"name", who}, {"listen", listen()}, {"upstream", upstream()}, {"enabled", enabled}};
    const Request request{"POST", "/proxies", body.dump()};
    if (state.contains(who)) return {request, 409};
    if (enabled && !can_listen(who, body["listen"])) return {request, 500};
    state[who] = body;
    state[who]["Logger"] = json::object();
    state[who]["toxics"] = json::array();
    return {request, 201};
  }

  std::pair<Request, int> patch() {
    const std::string who = name();
    json body = json::object();
    if (*rc::gen::arbitrary<bool>()) body["listen"] = listen();
    if (*rc::gen::arbitrary<bool>()) body["upstream"] = upstream();
    if (*rc::gen::arbitrary<bool>()) body["enabled"] = *rc::gen::arbitrary<bool>();
    const Request request{*rc::gen::element<std::string>("PATCH", "POST"), "/proxies/" + who, body.dump()};
    if (!state.contains(who)) return {request, 404};
    json& proxy = state[who];
    const bool wanted = body.value("enabled", proxy["enabled"].get<bool>());
    const bool moved = body.value("listen", proxy["listen"]) != proxy["listen"] ||
                       body.value("upstream", proxy["upstream"]) != proxy["upstream"];
    if (moved) {
      proxy["enabled"] = false;
      proxy.update(body);
      proxy["enabled"] = false;
    }
    if (wanted && !proxy["enabled"] && !can_listen(who, proxy["listen"])) return {request, 500};
    proxy["enabled"] = wanted;
    return {request, 200};
  }

  std::pair<Request, int> remove() {
    const std::string who = name();
    return {{"DELETE", "/proxies/" + who, ""}, state.erase(who) == 1 ? 204 : 404};
  }

  std::pair<Request, int> add_toxic() {
    const std::string who = name();
    const std::string toxic = toxic_name();
    const std::string stream = *rc::gen::element<std::string>("upstream", "downstream");
    const json made = {{"attributes", {{"timeout", *rc::gen::inRange(-5, 5)}}},
                       {"name", toxic},
                       {"type", "timeout"},
                       {"stream", stream},
                       {"toxicity", 1}};
    const Request request{"POST", "/proxies/" + who + "/toxics", made.dump()};
    if (!state.contains(who)) return {request, 404};
    if (find_toxic(who, toxic) != nullptr) return {request, 409};
    json& toxics = state[who]["toxics"];
    auto place = toxics.end();
    if (stream == "upstream") {
      place = std::find_if(toxics.begin(), toxics.end(), [](const json& t) { return t["stream"] == "downstream"; });
    }
    toxics.insert(place, made);
    return {request, 200};
  }

  std::pair<Request, int> patch_toxic() {
    const std::string who = name();
    const std::string toxic = toxic_name();
    const int timeout = *rc::gen::inRange(0, 100);
    const Request request{"PATCH", "/proxies/" + who + "/toxics/" + toxic,
                          json{{"attributes", {{"timeout", timeout}}}}.dump()};
    json* found = state.contains(who) ? find_toxic(who, toxic) : nullptr;
    if (found == nullptr) return {request, 404};
    (*found)["attributes"]["timeout"] = timeout;
    return {request, 200};
  }

  std::pair<Request, int> remove_toxic() {
    const std::string who = name();
    const std::string toxic = toxic_name();
    const Request request{"DELETE", "/proxies/" + who + "/toxics/" + toxic, ""};
    if (!state.contains(who) || find_toxic(who, toxic) == nullptr) return {request, 404};
    json& toxics = state[who]["toxics"];
    toxics.erase(std::find_if(toxics.begin(), toxics.end(), [&](const json& t) { return t["name"] == toxic; }));
    return {request, 204};
  }

  std::pair<Request, int> reset() {
    const Request request{"POST", "/reset", ""};
    for (auto& [who, proxy] : state.items()) {
      if (!proxy["enabled"] && !can_listen(who, proxy["listen"])) return {request, 500};
      proxy["enabled"] = true;
      proxy["toxics"] = json::array();
    }
    return {request, 204};
  }
};

/// The links are as the API says they are.
void check_links(const FakeLinkHost& host, const json& state) {
  for (const auto& [name, proxy] : state.items()) {
    const auto link = host.all.find(name);
    const bool listens = link != host.all.end() && !link->second.listen.empty();
    RC_ASSERT(listens == proxy["enabled"].get<bool>());
    if (!listens) continue;
    RC_ASSERT(link->second.listen == proxy["listen"].get<std::string>());
    RC_ASSERT(link->second.armed.size() == proxy["toxics"].size());
  }
  for (const auto& [name, link] : host.all) RC_ASSERT(state.contains(name));
}

RC_GTEST_PROP(ApiModel, AnySequenceOfRequestsDoesWhatTheRulesSay, ()) {
  FakeLinkHost host;
  host.taken.insert("127.0.0.1:3999");
  const ToxicKinds kinds(recorded_kinds());
  ProxyCollection proxies(host, kinds, 1);
  Model model;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const auto [request, status] = model.step();
    const HttpReply reply = answer({request.method, request.target, "", request.body}, proxies);
    RC_LOG() << request.method << ' ' << request.target << ' ' << request.body << " -> " << reply.status << '\n';
    RC_ASSERT(reply.status == status);
    RC_ASSERT(json::parse(answer({"GET", "/proxies", "", ""}, proxies).body) == model.state);
    check_links(host, model.state);
  }
}

/// Every body of the script, and what chance makes of it.
std::string mutated(std::string text) {
  const int cuts = *rc::gen::inRange(0, 4);
  for (int i = 0; i < cuts && !text.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, text.size() - at + 1);
    const auto word =
        *rc::gen::element<std::string>("", "null", "-1", "1e999", "\"\"", "[", "{", "}", "]", ":", ",", "\\u0000",
                                       "9223372036854775808", "true", "\xff", "\"toxics\":[{}]");
    text.replace(at, length, word);
  }
  return text;
}

RC_GTEST_PROP(ApiAnswers, AnyBodyOnAnyPathGetsADocument, ()) {
  static const auto script = conformance::read_script(STORMPROOF_SOURCE_DIR "/tests/conformance/requests.script",
                                                      {{"a", "3001"}, {"b", "3002"}, {"c", "3003"}, {"taken", "3999"}});
  FakeLinkHost host;
  const ToxicKinds kinds(recorded_kinds());
  ProxyCollection proxies(host, kinds, 1);
  const int requests = *rc::gen::inRange(1, 20);
  for (int i = 0; i < requests; ++i) {
    const auto& model = script[*rc::gen::inRange<std::size_t>(0, script.size())];
    const HttpReply reply = answer({model.method, mutated(model.target), "", mutated(model.body)}, proxies);
    RC_ASSERT(reply.status >= 200 && reply.status < 600);
    if (reply.content_type == "application/json") RC_ASSERT(json::accept(reply.body));
    if (reply.content_type.starts_with("text/plain") && reply.body.starts_with('{')) {
      RC_ASSERT(json::parse(reply.body)["status"] == reply.status);
    }
    RC_ASSERT(json::accept(answer({"GET", "/proxies", "", ""}, proxies).body));
  }
}

}  // namespace
}  // namespace stormproof
