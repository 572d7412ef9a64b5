/// A valid scenario with every table and key, to start tests from.
#pragma once

#include <string_view>

namespace stormproof {

inline constexpr std::string_view kSample = R"(name = "sample"
description = "Every table and most keys."
seed = 7
timeout = "60s"
settle = "5s"
linger = "200ms"

[params]
level = "naive"
records = 2000
ratio = 0.5
ordered = true

[targets.server]
command = ["{bin}/server", "--listen={ports.grpc}", "--data={source.path}", "--log={dir}/log"]
ports = ["grpc", "web"]
ready = { http = "web", path = "/healthz", within = "10s" }
restart = "always"
backoff = { initial = "100ms", max = "1s", reset = "2s" }
grace = "2s"

[targets.client]
replicas = 2
after = ["server"]
command = ["{bin}/client", "--server={links.feed}", "--level={params.level}", "--json={{}"]
env = { POD_NAME = "{self}", FEED = "{lifecycle}", REPORT = "{witness.calls}" }
limits = { memory = "64MiB", files = 256, cpu = 0.5 }
ready = { log = "ready [0-9]{1,3}" }

[links.feed]
to = "server/0:grpc"

[source]
kind = "dataset"
records = "{params.records}"

[witness.store]
kind = "sqlite"
path = "{shared}/client.db"
query = "select id, key, seq, digest from ledger order by rowid"

[witness.calls]
kind = "http"

[[faults]]
kind = "kill"
target = "client/any"
when = { effects = "100..500" }
restart = "200ms"
probability = 0.5

[[faults]]
name = "slow"
kind = "latency"
link = "feed"
direction = "downstream"
latency = "50ms"
jitter = "20ms"
when = { at = "1s..3s" }
for = "3s"

[[faults]]
kind = "pause"
target = "client"
when = { log = "stored", on = "client/0", occurrence = 2, delay = "10ms" }
until = { after = "slow", delay = "1s" }

[[faults]]
kind = "kill"
target = "server/0"
when = { bytes = "64KiB", on = "feed" }

[[faults]]
kind = "term"
target = "server"
when = { exits = 2, on = "client" }
grace = "1s"

[invariants]
exactly_once = true
in_order = "{params.ordered}"
recovery = "3s"

[matrix]
level = ["naive", "recoverable"]
records = [10, 20]

[[expect]]
level = "naive"
verdict = "fail"
anomalies = ["lost"]

[[expect]]
level = ["recoverable"]
records = [10, 20]
verdict = "pass"
)";

}  // namespace stormproof
