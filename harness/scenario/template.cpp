#include "harness/scenario/template.h"

#include "harness/scenario/table_reader.h"

namespace stormproof {

namespace {

constexpr std::string_view kHead =
    R"toml(# A scenario for stormproof: start a service, break it on purpose, prove that every message took effect exactly once.
#
#   stormproof validate FILE    errors only, nothing is started
#   stormproof run FILE         run it and judge
#   stormproof list faults --verbose
#
# Texts may hold placeholders: {here} is this file's directory, {shared} a directory of the run, {ports.X}, {links.X},
# {params.X}, {env.X} ... Durations, sizes and rates are written with their unit: "200ms", "64MiB", "1Mbit/s".
# Every table and key is explained in scenarios/REFERENCE.md. A small service that fits is at the end of this file.

)toml";

constexpr std::string_view kBody =
    R"toml(description = "Messages are POSTed through a link; the service is killed, then its replies get lost for a while."
timeout     = "60s"        # of the whole run; when it is exceeded the verdict is unknown
settle      = "2s"         # quiet time after the last fault before a missing message is called lost
# seed      = 42           # of all chance; without it one is drawn and printed first

[params]                   # values of your own, {params.X}; `--set messages=5000` replaces one
messages = 1000

# --- what is tested: OS processes, started from `command` without a shell ---

[targets.service]
command = ["python3", "{here}/service.py", "--port={ports.http}", "--db={shared}/effects.db"]
ports   = ["http"]                                # free ports of the loopback, chosen by the harness
ready   = { tcp = "http", within = "10s" }        # or http, grpc = "PORT"; log = "regex"; exec = ["command"]
restart = "always"                                # never, on-failure, always: as in Kubernetes
grace   = "5s"                                    # from SIGTERM to SIGKILL
# replicas = 2                                    # then {self} is service/0, service/1
# after    = ["database"]                         # start when that target is ready
# env      = { LOG_LEVEL = "debug" }
# limits   = { memory = "128MiB", files = 256 }

# --- how it is reached: a proxied path, on which faults can strike ---

[links.api]
to = "service:http"        # {links.api} is the address that clients use

# --- what ought to arrive: the harness's own model of the work, never the service's word ---

[source]
kind     = "http"
url      = "http://{links.api}/messages"
body     = '{"id": "{id}", "key": "{key}", "seq": {seq}}'       # filled for each message
messages = "{params.messages}"
timeout  = "300ms"         # no answer by then: nobody knows whether it took effect
retries  = 20              # and it is sent again with the same id
rate     = 500             # messages a second; 0: as fast as they are answered
# headers = { Idempotency-Key = "{id}" }
#
# kind    = "exec"         # or a program of yours that sends, and prints what it did as JSON lines
# command = ["python3", "{here}/send.py", "{links.api}"]

# --- where effects are observed: outside the service, or in its durable store ---

[witness.store]
kind  = "sqlite"           # an append-only table: an upsert would hide duplicates
path  = "{shared}/effects.db"
query = "select id, key, seq from effects order by rowid"

# [witness.effects]        # or: the service POSTs {"id": ...} to http://{witness.effects}/effects
# kind = "http"
#
# [witness.output]         # or: a line of its output for each effect
# kind    = "log"
# target  = "service"
# pattern = "stored (\\S+)"

# --- what breaks, and when: at counts rather than at clock times, so that a found failure repeats ---

[[faults]]
kind    = "kill"           # SIGKILL
target  = "service"        # every replica; "service/0" one of them, "service/any" one drawn by chance
when    = { effects = 200 }
restart = "300ms"          # started again after this long

[[faults]]
kind      = "blackhole"    # the service gets every message, but its replies are swallowed
link      = "api"
direction = "downstream"
when      = { effects = 500 }    # or at = "2s", at = "1s..3s"; sent, acked = 500; log = "regex"; after = "kill"
for       = "1s"                 # or until = { effects = 600 }

# [[faults]]
# kind    = "latency"
# link    = "api"
# latency = "50ms"
# when    = { after = "blackhole", delay = "2s" }
# for     = "2s"

# --- what must hold ---

[invariants]
exactly_once = true        # nothing lost, duplicated, made up or damaged; see also at_least_once, at_most_once
# in_order   = "key"
# recovery   = { within = "3s" }

# --- one run for each combination, and what each is meant to yield ---

# [matrix]
# messages = [100, 1000]
#
# [[expect]]
# messages  = 1000
# verdict   = "fail"       # this cell must fail, with these anomalies and no others
# anomalies = ["duplicate"]

# service.py, twenty lines that fit the above. It forgets which ids it has seen: `stormproof run` finds the duplicates.
# With `id text primary key` and `insert or ignore` instead it passes.
#
#   import argparse, json, sqlite3
#   from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
#   parser = argparse.ArgumentParser()
#   parser.add_argument("--port", type=int)
#   parser.add_argument("--db")
#   args = parser.parse_args()
#   def connect():
#       return sqlite3.connect(args.db, timeout=10)
#   with connect() as db:
#       db.execute("pragma journal_mode = wal")
#       db.execute("create table if not exists effects (id text, key text, seq integer)")
#   class Handler(BaseHTTPRequestHandler):
#       def do_POST(self):
#           message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
#           with connect() as db:
#               db.execute("insert into effects values (:id, :key, :seq)", message)
#           self.send_response(204)
#           self.end_headers()
#       def log_message(self, *_):
#           pass
#   ThreadingHTTPServer(("127.0.0.1", args.port), Handler).serve_forever()
)toml";

}  // namespace

std::string new_scenario(std::string_view name) {
  const std::string_view used = is_name(name) ? name : std::string_view("my-service");
  return std::string(kHead) + "name        = \"" + std::string(used) + "\"\n" + std::string(kBody);
}

}  // namespace stormproof
