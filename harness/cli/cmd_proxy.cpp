/// stormproof proxy.
#include <fmt/core.h>

#include <csignal>
#include <fstream>
#include <iostream>

#include "harness/base/rng.h"
#include "harness/base/text.h"
#include "harness/base/units.h"
#include "harness/cli/catalog.h"
#include "harness/cli/commands.h"
#include "harness/proxy/api_router.h"
#include "harness/proxy/config.h"
#include "harness/proxy/go_address.h"
#include "harness/proxy/http_server.h"

namespace stormproof {

namespace {

struct ProxyPlan {
  std::vector<ProxySpec> proxies;
  std::string api;  ///< empty: none
  std::uint64_t seed = 0;
  std::optional<Nanos> lasts;
  int threads = 1;
};

/// Collects mistakes, so that all are told at once.
class ProxyPlanner {
 public:
  ProxyPlanner(const ProxyArgs& args, const ToxicKinds& kinds) : args_(args), kinds_(kinds) {}

  std::optional<ProxyPlan> make() {
    plan_.seed = args_.seed.value_or(0) != 0 ? *args_.seed : draw_seed();
    plan_.threads = args_.threads;
    read_file();
    read_single();
    read_api();
    if (!args_.lasts.empty()) {
      const auto lasts = parse_duration(args_.lasts);
      if (lasts) plan_.lasts = *lasts;
      if (!lasts) complain("--for", lasts.error().message);
    }
    if (mistakes_ == 0 && plan_.proxies.empty() && plan_.api.empty()) {
      complain("", "there is nothing to do: neither a proxy nor the API is wanted");
    }
    if (mistakes_ == 0) return std::move(plan_);
    std::cerr << "hint: stormproof proxy --help\n";
    return std::nullopt;
  }

 private:
  void complain(std::string_view where, std::string_view text) {
    std::cerr << fmt::format("stormproof: error: {}{}{}\n", where, where.empty() ? "" : ": ", text);
    ++mistakes_;
  }
  void read_file() {
    if (args_.config.empty()) return;
    std::ifstream file(args_.config, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) return complain(printable(args_.config), "cannot be read");
    auto config = read_config(text, config_format(args_.config), kinds_);
    if (auto* proxies = std::get_if<std::vector<ProxySpec>>(&config)) {
      plan_.proxies = std::move(*proxies);
      return;
    }
    for (const ConfigMistake& mistake : std::get<std::vector<ConfigMistake>>(config)) {
      complain(
          mistake.line == 0 ? printable(args_.config) : fmt::format("{}:{}", printable(args_.config), mistake.line),
          mistake.text);
    }
  }
  void read_single() {
    if (args_.listen.empty() && args_.upstream.empty()) return;
    if (args_.upstream.empty()) return complain("--listen", "needs --upstream beside it");
    const auto listen = resolve_listen(args_.listen.empty() ? "127.0.0.1:0" : args_.listen);
    if (!listen) complain("--listen", listen.error().message);
    const Status upstream = check_upstream(args_.upstream);
    if (!upstream) complain("--upstream", upstream.error().message);
    if (!listen || !upstream) return;
    for (const ProxySpec& proxy : plan_.proxies) {
      if (proxy.name == "proxy") return complain("--listen", "the config file has a proxy of the name 'proxy' already");
    }
    plan_.proxies.push_back({"proxy", *listen, args_.upstream, true, {}});
  }
  void read_api() {
    const bool parts = !args_.host.empty() || !args_.port.empty();
    if (parts && !args_.api.empty()) return complain("--api", "say either this or --host and --port");
    if (args_.api == "none") return;
    std::string host = args_.host.empty() ? "127.0.0.1" : args_.host;
    if (host.find(':') != std::string::npos) host = '[' + host + ']';
    const std::string address =
        args_.api.empty() ? fmt::format("{}:{}", host, args_.port.empty() ? "8474" : args_.port) : args_.api;
    const auto resolved = resolve_listen(address);
    if (!resolved) return complain(parts ? "--port" : "--api", resolved.error().message);
    if (resolved->starts_with("unix:")) return complain("--api", "cannot be a Unix socket");
    plan_.api = *resolved;
  }

  const ProxyArgs& args_;
  const ToxicKinds& kinds_;
  ProxyPlan plan_;
  int mistakes_ = 0;
};

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

void wait_for_the_end(std::optional<Nanos> lasts) {
  const sigset_t signals = stop_signals();
  if (!lasts) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    return;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*lasts);
  const timespec span{seconds.count(), (*lasts - seconds).count()};
  ::sigtimedwait(&signals, nullptr, &span);
}

std::string introduction(const ProxyPlan& plan, const ProxyCollection& proxies) {
  std::string text = fmt::format("seed {}\n", plan.seed);
  for (const auto& [name, proxy] : proxies.proxies()) {
    text += fmt::format("proxy {}: {} -> {}{}\n", printable(name), proxy.spec.listen, printable(proxy.spec.upstream),
                        proxy.spec.enabled ? "" : " (disabled)");
  }
  return text;
}

ExitCode cannot_listen(const std::string& who, const std::string& why) {
  return complain(environment_error(fmt::format("{}: {}", who, why),
                                    "choose another address, or port 0 for a free one; `ss -ltnp` shows who has it"));
}

}  // namespace

ExitCode cmd_proxy(const ProxyArgs& args, const Session& session) {
  (void)session;
  const ToxicKinds kinds(all_plugins(nullptr).faults);
  const auto plan = ProxyPlanner(args, kinds).make();
  if (!plan) return ExitCode::usage;
  // Before the first thread, which would inherit another mask.
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const SteadyClock clock;
  const auto host = link_host(clock, plan->threads);
  if (!host) return complain(host.error());
  ProxyCollection proxies(**host, kinds, plan->seed);
  for (const ProxySpec& proxy : plan->proxies) {
    if (const auto trouble = proxies.create(proxy))
      return cannot_listen("proxy '" + printable(proxy.name) + '\'', trouble->text);
  }
  // Told only once all of it is there; put together before the API can change it.
  const std::string told = introduction(*plan, proxies);
  std::unique_ptr<HttpServer> server;
  if (!plan->api.empty()) {
    auto started = HttpServer::start(plan->api, [&](const HttpRequest& request) { return answer(request, proxies); });
    if (!started) return cannot_listen("the API", started.error().message);
    server = std::move(*started);
  }
  std::cout << told;
  if (server) std::cout << "api http://" << server->address() << '\n';
  std::cout.flush();
  wait_for_the_end(plan->lasts);
  server.reset();
  return ExitCode::pass;
}

}  // namespace stormproof
