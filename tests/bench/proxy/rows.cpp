#include "tests/bench/proxy/rows.h"

#include <poll.h>

#include "tests/bench/proxy/grpc_row.h"
#include "tests/bench/proxy/load.h"
#include "tests/bench/proxy/net.h"

namespace stormproof::bench {
namespace {

using Must = Bar::Must;
using Work = LoadServer::Work;

constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr int kIdleConnections = 9'900;

const std::vector<std::string_view> kPassing = {"splice", "copy",       "stormproof", "haproxy",
                                                "nginx",  "haproxy64k", "toxiproxy"};
const std::vector<std::string_view> kDelaying = {"stormproof", "toxiproxy"};

/// A proxy with its server behind it, and the window for a load on it.
struct Stage {
  Stage(const Peer& peer, Duty duty, Work work, const Setting& setting)
      : server(work, setting.load_processor()), proxy(peer, duty, server.port(), setting.proxy_processor()) {
    pin(setting.load_processor());
    window.length = setting.window;
    window.cpu = [this] { return proxy.cpu(); };
  }
  LoadServer server;
  PeerProcess proxy;
  Window window;
};

Values bulk(const Peer& peer, const Setting& setting, Duty duty, int connections) {
  Stage stage(peer, duty, Work::discard, setting);
  const Bulk result = run_bulk(stage.proxy.port(), stage.server, connections, stage.window);
  if (result.bytes == 0) throw Trouble("no byte arrived");
  return {{"rate", result.bytes / kGiB / result.seconds}, {"cpu", result.cpu / (result.bytes / kGiB)}};
}

Ping ping_through(const Peer& peer, const Setting& setting, Duty duty, int connections) {
  Stage stage(peer, duty, Work::echo, setting);
  Ping result = run_ping(stage.proxy.port(), connections, stage.window);
  if (result.micros.empty()) throw Trouble("no round trip ended");
  return result;
}

Values ping(const Peer& peer, const Setting& setting, int connections) {
  const Ping result = ping_through(peer, setting, Duty::pass, connections);
  const auto trips = static_cast<double>(result.micros.size());
  return {{"p50", result.at(0.5)},
          {"p99", result.at(0.99)},
          {"rate", trips / result.seconds},
          {"cpu", result.cpu / trips * 1e6}};
}

Values rate(const Peer& peer, const Setting& setting) {
  Stage stage(peer, Duty::pass, Work::echo, setting);
  const Rate result = run_rate(stage.proxy.port(), stage.window);
  return {{"rate", result.connections / result.seconds}, {"cpu", result.cpu / result.connections * 1e6}};
}

/// Late a hop: what a round trip takes above 2 ms, halved. With one connection the path itself is taken off, which is
/// measured through the same proxy without the fault; with more it is part of it.
Values delay(const Peer& peer, const Setting& setting, int connections) {
  constexpr double kNominal = 2000;  // µs
  const double path = connections == 1 ? ping_through(peer, setting, Duty::pass, 1).at(0.5) : 0;
  const Ping result = ping_through(peer, setting, Duty::delay_1ms, connections);
  const auto late = [&](double quantile) { return (result.at(quantile) - kNominal - path) / 2; };
  return {{"late", late(0.5)}, {"p99", late(0.99)}, {"earliest", (result.at(0) - kNominal) / 2}};
}

Values idle(const Peer& peer, const Setting& setting) {
  Stage stage(peer, Duty::pass, Work::echo, setting);
  const double before = anonymous_bytes(stage.proxy.pid());
  const double start = monotonic_seconds();
  const std::vector<Fd> sockets = open_idle(stage.proxy.port(), kIdleConnections);
  const double took = monotonic_seconds() - start;
  ::poll(nullptr, 0, 2000);  // what it frees late is freed by then
  return {{"kib", (anonymous_bytes(stage.proxy.pid()) - before) / 1024 / kIdleConnections}, {"took", took}};
}

Row bulk_row(std::string_view name, std::string_view title, int connections) {
  return {
      name,
      title,
      kPassing,
      {{"rate", "GiB/s"}, {"cpu", "CPU s/GiB", 3}},
      {{"cpu", "splice", Must::be_at_most, 1.1},
       {"cpu", "haproxy", Must::be_at_most, 0.3},
       {"cpu", "toxiproxy", Must::be_at_most, 0.2},
       {"rate", "haproxy", Must::be_at_least, 1.5},
       {"rate", "toxiproxy", Must::be_at_least, 2.5}},
      [connections](const Peer& peer, const Setting& setting) { return bulk(peer, setting, Duty::pass, connections); }};
}

Row look_row() {
  return {"look",
          "bulk, 8 connections, a fault that looks at the bytes is armed (stormproof only)",
          {"copy", "stormproof", "haproxy", "haproxy64k", "toxiproxy"},
          {{"rate", "GiB/s"}, {"cpu", "CPU s/GiB", 3}},
          {{"cpu", "haproxy", Must::be_at_most, 0.65},
           {"cpu", "haproxy64k", Must::be_at_most, 1.0},
           {"cpu", "toxiproxy", Must::be_at_most, 0.4}},
          [](const Peer& peer, const Setting& setting) {
            return bulk(peer, setting, peer.name == "stormproof" ? Duty::look : Duty::pass, 8);
          }};
}

const std::vector<Column> kPingColumns = {
    {"rate", "round trips/s", 0}, {"p50", "p50 µs", 1}, {"p99", "p99 µs", 0}, {"cpu", "CPU µs each", 1}};

Row ping32_row() {
  return {"ping32",
          "64-byte ping-pong, 32 connections",
          kPassing,
          kPingColumns,
          {{"rate", "haproxy", Must::be_at_least, 1.0},
           {"rate", "toxiproxy", Must::be_at_least, 1.5},
           {"cpu", "toxiproxy", Must::be_at_most, 0.55}},
          [](const Peer& peer, const Setting& setting) { return ping(peer, setting, 32); }};
}

Row ping1_row() {
  return {"ping1",
          "64-byte ping-pong, 1 connection",
          kPassing,
          kPingColumns,
          {{"p50", "haproxy", Must::be_at_most, 1.0}, {"p50", "toxiproxy", Must::be_at_most, 0.9}},
          [](const Peer& peer, const Setting& setting) { return ping(peer, setting, 1); }};
}

Row connect_row() {
  return {"connect",
          "connect + 64 bytes there and back + close, 16 at a time",
          kPassing,
          {{"rate", "connections/s", 0}, {"cpu", "CPU µs each", 1}},
          {{"cpu", "haproxy", Must::be_at_most, 1.0}, {"cpu", "toxiproxy", Must::be_at_most, 0.35}},
          rate};
}

Row delay_row(std::string_view name, std::string_view title, int connections, double late, double of_toxiproxy) {
  return {name,
          title,
          kDelaying,
          {{"earliest", "earliest µs a hop", 1}, {"late", "median µs late a hop", 1}, {"p99", "p99 µs late a hop", 0}},
          {{"earliest", "", Must::be_at_least, 0},
           {"late", "", Must::be_at_most, late},
           {"late", "toxiproxy", Must::be_at_most, of_toxiproxy}},
          [connections](const Peer& peer, const Setting& setting) { return delay(peer, setting, connections); }};
}

Row delayed_bulk_row() {
  return {"delaybulk",
          "bulk, 8 connections, latency of 1 ms each way",
          kDelaying,
          {{"rate", "GiB/s"}, {"cpu", "CPU s/GiB", 3}},
          {{"rate", "toxiproxy", Must::be_at_least, 1.5}},
          [](const Peer& peer, const Setting& setting) { return bulk(peer, setting, Duty::delay_1ms, 8); }};
}

Row idle_row() {
  return {"idle",
          "9,900 idle connections, one 64-byte round trip each",
          kPassing,
          {{"kib", "user KiB each"}, {"took", "s to open them"}},
          {{"kib", "", Must::be_at_most, 1.0}},
          idle};
}

}  // namespace

const std::vector<Row>& rows() {
  static const std::vector<Row> kRows = {
      bulk_row("bulk8", "bulk, 8 connections, no fault", 8),
      bulk_row("bulk64", "bulk, 64 connections, no fault", 64),
      look_row(),
      ping32_row(),
      ping1_row(),
      connect_row(),
      delay_row("delay1", "latency of 1 ms each way, 64-byte ping-pong, 1 connection", 1, 60, 0.5),
      delay_row("delay32", "latency of 1 ms each way, 64-byte ping-pong, 32 connections", 32, 150, 0.2),
      delayed_bulk_row(),
      idle_row(),
      grpc_row(),
  };
  return kRows;
}

}  // namespace stormproof::bench
