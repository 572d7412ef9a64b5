#include <array>

#include "harness/scenario/reference.h"

namespace stormproof {

namespace {

constexpr KeyDoc kTop[] = {
    {"name", "text", "required", "letters, digits, `-`, `_` and `.`; names the run's directory"},
    {"description", "text", "", "what the scenario teaches"},
    {"seed", "whole number", "0", "of all chance in the run; 0: draw one and print it first"},
    {"timeout", "duration", "60s", "of the whole run; when it is exceeded the verdict is `unknown`"},
    {"settle", "duration", "5s", "longest wait after the last heal before a missing message is called lost"},
    {"linger", "duration", "300ms", "how long to watch for late duplicates once nothing is missing"},
};

constexpr KeyDoc kTarget[] = {
    {"command", "list of texts", "required", "program and arguments; no shell; placeholders"},
    {"replicas", "whole number", "1", "1 to 1000; they are called NAME/0, NAME/1, …"},
    {"after", "list of targets", "[]", "start when these are ready"},
    {"ports", "list of names", "[]", "each gets a free port of the loopback, per replica: {ports.X}"},
    {"env", "table of texts", "{}", "further environment variables; placeholders"},
    {"ready", "table", "", "when a replica is ready; without: as soon as it runs"},
    {"restart", "`never`, `on-failure`, `always`", "never", "what happens after an exit, as in Kubernetes"},
    {"backoff", "table", "", "delays between restarts"},
    {"grace", "duration", "5s", "from SIGTERM to SIGKILL when it is stopped"},
    {"limits", "table", "", "resources of each replica"},
};

constexpr KeyDoc kReady[] = {
    {"tcp", "port name", "", "a connection to the port is accepted"},
    {"http", "port name", "", "GET `path` on the port answers 2xx or 3xx"},
    {"grpc", "port name", "", "the gRPC health service on the port says SERVING"},
    {"log", "regex", "", "a line of stdout or stderr matches"},
    {"exec", "list of texts", "", "the command exits with status 0; placeholders"},
    {"path", "text", "/", "of the `http` probe"},
    {"service", "text", "", "of the `grpc` probe; empty: the whole server"},
    {"within", "duration", "10s", "or the run ends: the target never became ready (exit 4)"},
};

constexpr KeyDoc kBackoff[] = {
    {"initial", "duration", "100ms", "before the first restart; each further one waits twice as long"},
    {"max", "duration", "3s", "longest wait"},
    {"reset", "duration", "6s", "running this long without a crash starts over"},
};

constexpr KeyDoc kLimits[] = {
    {"memory", "size", "", "of the process tree, by cgroup where the machine has one"},
    {"files", "whole number", "", "open descriptors"},
    {"cpu", "number", "", "cores, 0.5 is half of one"},
};

constexpr KeyDoc kLink[] = {
    {"to", "text", "required", "`\"TARGET:PORT\"` or `\"TARGET/INDEX:PORT\"`; without index: replica 0"},
};

constexpr KeyDoc kKind[] = {
    {"kind", "text", "required", "one of the kinds below; the other keys are its parameters"},
};

constexpr KeyDoc kFault[] = {
    {"kind", "text", "required", "one of the kinds below; its parameters are further keys"},
    {"name", "text", "KIND", "for `after` and for reports; the second of a kind is KIND-2, and so on"},
    {"target", "selector", "",
     "faults on processes, required: `client` (every replica), `client/0`, `client/any` (one is drawn)"},
    {"link", "link name", "", "faults on links, required"},
    {"between", "two lists of selectors", "",
     "`partition`, in place of `link`: `between = [[\"client\"], [\"server/0\"]]` strikes every link that leads from a "
     "target of one list to one of the other, and only connections of these targets. A target uses a link when "
     "`{links.X}` stands in its command or environment; each replica is then given an address of its own"},
    {"oneway", "true, false", "false", "with `between`: strike only what the first list sends to the second"},
    {"direction", "`upstream`, `downstream`, `both`", "both", "faults on links: upstream is client to server"},
    {"probability", "probability", "1", "process: of being armed at all, drawn once; link: drawn for each connection"},
    {"when", "trigger", "required", "when it strikes"},
    {"for", "duration", "", "heals after this long"},
    {"until", "trigger", "", "heals when this holds, counted like `when` from the start; not with `for`"},
    {"restart", "duration", "",
     "faults that end a process: start it again after this long, whatever its `restart` policy says"},
};

constexpr KeyDoc kTrigger[] = {
    {"at", "duration, range", "", "this long after the start (all targets ready)"},
    {"every", "duration", "", "again and again with this period; a lasting fault needs a shorter `for`, or an `until`"},
    {"effects", "count, range", "", "the n-th effect seen by the witnesses"},
    {"sent", "count, range", "", "the n-th message sent by the source"},
    {"acked", "count, range", "", "the n-th message acknowledged to the source"},
    {"log", "regex", "", "a line of stdout or stderr of `on` matches (default: of the fault's own target)"},
    {"exits", "count, range", "",
     "the n-th exit of a process of `on` (default: the fault's own target); `exits = \"client\"` is short for `exits = "
     "1, on = \"client\"`"},
    {"bytes", "size, range", "",
     "so many bytes have passed the link `on` (default: the fault's own). On its own link a fault counts its own "
     "`direction` and strikes at exactly the next byte, even while targets are still getting ready; on another link "
     "both directions are counted, and it strikes as "
     "soon as it can"},
    {"connection", "whole number", "",
     "with `bytes` on the fault's own link: only the n-th connection counts, and only it is struck. `kind = "
     "\"reset_peer\", direction = \"downstream\", when = { bytes = \"40000B\", connection = 3 }` resets the third "
     "connection "
     "after its 40,000th downstream byte"},
    {"connections", "count, range", "",
     "the n-th connection through the link `on` (default: the fault's own; then it is in force before the first byte "
     "of "
     "that connection)"},
    {"after", "fault name", "", "that fault was injected"},
    {"on", "target, replica or link", "", "what `log`, `exits`, `bytes` and `connections` watch"},
    {"delay", "duration", "0s", "added once the condition holds"},
    {"occurrence", "whole number", "1",
     "the n-th time the condition holds: the n-th matching line, `effects = 100, occurrence = 3` is the 300th effect; "
     "`every = \"2s\", occurrence = 3` strikes three times; not with `at`"},
};

constexpr KeyDoc kExpect[] = {
    {"verdict", "`pass`, `fail`, `unknown`", "required", "what the cells must yield"},
    {"anomalies", "list of anomalies", "any", "exactly these kinds must be found"},
};

constexpr KeyDoc kExplore[] = {
    {"kinds", "list of fault kinds", "all", "that may strike; without it, all but those that falsify bytes"},
    {"targets", "list of targets, replicas", "all", "that may be struck"},
    {"links", "list of links", "all", "that may be struck"},
    {"triggers", "list of trigger kinds", "all",
     "`effects`, `sent`, `acked`, `log`, `exits`, `connections`, `bytes`, `after`, `at`"},
    {"faults", "list of tables", "", "a palette in place of `kinds`, see below"},
    {"max_faults", "whole number", "6", "most faults in one schedule"},
    {"runs", "whole number", "200", "trials at most; `--runs` replaces it"},
    {"for", "duration", "", "stop after this long; `--for` replaces it"},
    {"patience", "whole number", "0", "stop after so many trials without a new feature; 0: never"},
};

constexpr KeyDoc kPalette[] = {
    {"kind", "text", "required", "the kind that may strike"},
    {"weight", "whole number", "1", "how much more often than one of weight 1"},
    {"target", "selector", "all", "faults on processes"},
    {"link", "link name", "all", "faults on links"},
    {"for", "duration, range", "20ms..600ms", "kinds that last"},
    {"restart", "duration, range", "", "kinds that end a process"},
};

constexpr KeyDoc kFound[] = {
    {"anomaly", "text", "required", "what went wrong"},
    {"reproduces", "text", "required", "how often it failed when it was found: `19/20`"},
};

constexpr TableDoc kTables[] = {
    {"The scenario", "Keys at the top of the file, before the first table.", kTop},
    {"[params]",
     "Values of your own: text, numbers, true or false. `{params.X}` stands for them in any text; a text that is "
     "wholly "
     "one `{params.X}` takes the type that is needed there (`records = \"{params.records}\"`). `--set X=VALUE` "
     "replaces one.",
     {}},
    {"[targets.NAME]", "A service under test: one or more processes. At least one target is required.", kTarget},
    {"ready", "`ready = { tcp = \"grpc\", within = \"10s\" }`: one probe.", kReady},
    {"backoff", "`backoff = { initial = \"100ms\", max = \"3s\" }`: the times of Kubernetes divided by 100.", kBackoff},
    {"limits", "`limits = { memory = \"64MiB\" }`; the run says which mechanism holds them.", kLimits},
    {"[links.NAME]",
     "A proxied path to a target's port; clients connect to `{links.NAME}`. Faults on links strike here.", kLink},
    {"[source]", "What ought to arrive: the harness's own model of the work.", kKind},
    {"[witness.NAME]", "Where effects are observed. There may be several.", kKind},
    {"[[faults]]",
     "What breaks, and when. Faults may overlap; contradictions are errors: `for` with `until`, either of them "
     "or a missing end where it makes no sense, the same kind on the same process or link at the same instant, an end "
     "that comes before the beginning.",
     kFault},
    {"when, until",
     "A trigger is an inline table with one condition: `when = { effects = 500 }`. A range in quotes, `\"100..500\"` "
     "or "
     "`\"1s..3s\"`, is drawn anew from each seed. Counts and times begin when all targets are ready.",
     kTrigger},
    {"[invariants]",
     "What must hold: `NAME = true`, `NAME = false` (not judged), a table of parameters, or the value of the parameter "
     "marked as short form. Without the table `exactly_once` is judged; for a scenario with neither source nor "
     "witness, "
     "`graceful_stop`.",
     {}},
    {"[matrix]",
     "One run for each combination: `PARAM = [value, …]`, every key a param; at most 10,000 cells. `--only "
     "PARAM=VALUE` "
     "keeps some of them, `--set PARAM=VALUE` puts one value in place of the list.",
     {}},
    {"[[expect]]",
     "What a cell is meant to yield; further keys are matrix keys with a value or a list of values, and the last "
     "`[[expect]]` that matches a cell counts. A cell that is meant to fail must fail, with these anomalies and no "
     "others.",
     kExpect},
    {"[explore]",
     "What `stormproof explore` may do to the scenario. Without the table it may do all that the topology admits; "
     "`stormproof run` does not look at it.",
     kExplore},
    {"[[explore.faults]]",
     "One kind of the palette. Further keys are the kind's parameters, each with one value, a list to choose from, or "
     "a range: `latency = \"1ms..100ms\"`.",
     kPalette},
    {"[found]",
     "Written by `stormproof explore` into the scenarios it found, so that a later run can say that one is cured.",
     kFound},
};

constexpr KeyDoc kPlaceholders[] = {
    {"bin", "targets, source, witnesses", "", "directory of the installed example targets"},
    {"here", "everywhere", "", "directory of the scenario file"},
    {"dir", "targets", "", "the replica's private directory, in which it is started"},
    {"shared", "targets, source, witnesses", "", "a directory of the run, the same for all"},
    {"self", "targets", "", "the replica's name, `client/0`"},
    {"index", "targets", "", "the replica's number, `0`"},
    {"lifecycle", "targets, source, witnesses", "",
     "address of the lifecycle feed (gRPC `stormproof.v1.Lifecycle/Watch`): who started and ended, and how"},
    {"ports.X", "targets", "", "number of the replica's own port X"},
    {"links.X", "targets, source, witnesses", "", "address of link X, `127.0.0.1:40123`"},
    {"source.X", "targets, witnesses", "", "a value of the source (see its kind)"},
    {"witness.X", "targets, source", "", "address the witness X listens on"},
    {"env.X", "targets, source, witnesses", "", "environment variable X of stormproof itself; must be set"},
    {"params.X", "everywhere, regexes too", "", "value of the param X in this cell"},
};

}  // namespace

std::span<const TableDoc> table_docs() { return kTables; }
std::span<const KeyDoc> placeholder_docs() { return kPlaceholders; }

}  // namespace stormproof
