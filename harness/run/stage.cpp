#include "harness/run/stage.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "harness/model/link_cuts.h"
#include "harness/run/witness_panel.h"
#include "harness/scenario/placeholders.h"
#include "harness/supervise/guard.h"
#include "harness/supervise/lifecycle_feed.h"
#include "harness/supervise/port_pool.h"
#include "harness/supervise/strays.h"
#include "harness/supervise/supervisor.h"

extern char** environ;  // NOLINT: POSIX names it, environ(7)

namespace stormproof {

namespace {

using Values = std::map<std::string, std::string>;

template <class Kind>
const Kind& find_kind(std::span<const Kind* const> kinds, const std::string& name) {
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind* kind) { return kind->info.name == name; });
  STORMPROOF_ASSERT(found != kinds.end(), "a plan names a kind that this program does not have");
  return **found;
}

constexpr Nanos kSweepLimit = std::chrono::seconds(2);

std::string process_name(const std::string& target, int index) { return fmt::format("{}/{}", target, index); }

Values environment_values() {
  Values values;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      values["env." + std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return values;
}

Result<std::vector<std::string>> expand_all(const std::vector<std::string>& texts, const Values& values) {
  std::vector<std::string> expanded;
  for (const std::string& text : texts) {
    Result<std::string> one = expand(text, values);
    if (!one) return one.error();
    expanded.push_back(std::move(one).value());
  }
  return expanded;
}

/// True when any text of the scenario that reaches a process or a plug-in holds the placeholder.
bool mentions(const Scenario& scenario, std::string_view placeholder) {
  const auto holds = [&](const std::string& text) { return text.find(placeholder) != std::string::npos; };
  const auto param_holds = [&](const Params& params) {
    return std::any_of(params.entries().begin(), params.entries().end(), [&](const auto& entry) {
      const std::string* text = std::get_if<std::string>(&entry.second.value);
      const auto* list = std::get_if<std::vector<std::string>>(&entry.second.value);
      return (text != nullptr && holds(*text)) || (list != nullptr && std::any_of(list->begin(), list->end(), holds));
    });
  };
  for (const TargetSpec& target : scenario.targets) {
    if (std::any_of(target.command.begin(), target.command.end(), holds)) return true;
    if (std::any_of(target.env.begin(), target.env.end(), [&](const auto& pair) { return holds(pair.second); }))
      return true;
  }
  return (scenario.source && param_holds(scenario.source->params)) ||
         std::any_of(scenario.witnesses.begin(), scenario.witnesses.end(),
                     [&](const WitnessSpec& witness) { return param_holds(witness.params); });
}

}  // namespace

struct Stage::Parts {
  Parts(Rng rng, Recorder& recorder) : ports(rng), link_log(recorder) {}
  std::string run_id;
  std::string mark;  ///< in the environment of every process of this run
  Values values;
  PortPool ports;
  std::map<std::string, std::map<std::string, int>> ports_of;  ///< process -> port name -> number
  LinkLog link_log;
  std::unique_ptr<LinkHost> links;  ///< tells the log
  WitnessPanel witnesses;
  std::unique_ptr<Source> source;
  std::unique_ptr<LifecycleFeed> feed;
  std::unique_ptr<Supervisor> supervisor;
};

Stage::Stage(const Plan& plan, const Plugins& plugins, const RunDir& dir, const Clock& clock, EventLoop& loop,
             Recorder& recorder)
    : plan_(plan),
      plugins_(plugins),
      dir_(dir),
      clock_(clock),
      loop_(loop),
      recorder_(recorder),
      parts_(std::make_unique<Parts>(Rng(draw_seed()), recorder)) {
  parts_->run_id = fmt::format("{}-{:x}", ::getpid(), draw_seed());
  parts_->mark = plugins_.guard == nullptr ? parts_->run_id : plugins_.guard->run_mark(parts_->run_id);
  parts_->values = environment_values();
  parts_->values["bin"] = plugins_.bin.string();
  parts_->values["shared"] = dir_.shared().string();
  for (const auto& [name, value] : plan_.scenario.params) parts_->values["params." + name] = value;
}

Stage::~Stage() { close(); }

Status Stage::prepare() {
  for (const TargetSpec& target : plan_.scenario.targets) {
    for (int index = 0; index < target.replicas; ++index) {
      for (const std::string& port : target.ports) {
        const Result<int> number = parts_->ports.allocate();
        if (!number) return number.error();
        parts_->ports_of[process_name(target.name, index)][port] = *number;
      }
    }
  }
  if (Status s = open_links(); !s) return s;
  if (Status s = open_witnesses(); !s) return s;
  if (Status s = prepare_source(); !s) return s;
  if (Status s = start_feed(); !s) return s;
  if (Status s = parts_->witnesses.configure(parts_->values); !s) return s;
  if (Status s = add_targets(); !s) return s;
  parts_->witnesses.start();
  return {};
}

Status Stage::open_links() {
  if (plan_.scenario.links.empty()) return {};
  auto host = plugins_.make_link_host(clock_);
  if (!host) return host.error();
  parts_->links = std::move(host).value();
  parts_->links->observe([log = &parts_->link_log](const LinkEvent& event) { log->on_event(event); });
  for (const LinkSpec& link : plan_.scenario.links) {
    const int port = parts_->ports_of.at(process_name(link.to_target, link.to_index)).at(link.to_port);
    Result<std::string> address = parts_->links->open(link.name, {.upstream = fmt::format("127.0.0.1:{}", port)});
    if (!address) return address.error();
    parts_->values["links." + link.name] = *address;
  }
  return {};
}

Status Stage::open_witnesses() {
  for (const WitnessSpec& spec : plan_.scenario.witnesses) {
    const auto directory = dir_.witness(spec.name);
    if (Status s = dir_.make_directory(directory); !s) return s;
    const WitnessContext context{spec.name, recorder_, clock_, directory, parts_->mark};
    const WitnessKind& kind = find_kind(plugins_.witnesses, spec.kind);
    const bool one_of_several = plan_.scenario.witnesses.size() > 1;
    if (Status s = parts_->witnesses.open(spec, context, kind, one_of_several, parts_->values); !s) return s;
  }
  return {};
}

Status Stage::prepare_source() {
  if (!plan_.scenario.source) return {};
  const SourceSpec& spec = *plan_.scenario.source;
  const SourceContext context{recorder_, clock_, Rng(plan_.source_stream), dir_.source(), parts_->mark};
  parts_->source = find_kind(plugins_.sources, spec.kind).make(spec, context);
  Values values;
  if (Status s = parts_->source->prepare(values); !s) return s;
  for (const auto& [name, value] : values) parts_->values["source." + name] = value;
  return {};
}

Status Stage::start_feed() {
  if (!mentions(plan_.scenario, "{lifecycle}")) return {};
  parts_->feed = std::make_unique<LifecycleFeed>();
  Result<std::string> address = parts_->feed->start();
  if (!address) return address.error();
  parts_->values["lifecycle"] = *address;
  return {};
}

Status Stage::add_targets() {
  Supervisor::Options options;
  options.run_id = parts_->run_id;
  options.guard = plugins_.guard;
  Supervisor::Hooks hooks;
  hooks.on_change = [this](const LifecycleChange& change) {
    if (parts_->feed) parts_->feed->publish(change);
    if (change.type == LifecycleType::exited && on_exit) on_exit(change.process);
  };
  hooks.on_line = [this](const std::string& process, std::string_view line) {
    parts_->witnesses.on_line(process, line);
    if (on_line) on_line(process, line);
  };
  parts_->supervisor =
      std::make_unique<Supervisor>(loop_.context(), clock_, recorder_, std::move(options), std::move(hooks));
  for (const TargetSpec& target : plan_.scenario.targets) {
    for (int index = 0; index < target.replicas; ++index) {
      if (Status s = add_replica(target, index); !s) return s;
    }
  }
  return {};
}

Status Stage::add_replica(const TargetSpec& target, int index) {
  ReplicaSpec replica;
  replica.target = target.name;
  replica.index = index;
  replica.spec = target;
  replica.directory = dir_.work(target.name, index);
  replica.stdout_file = dir_.target(target.name, index) / "stdout.log";
  replica.stderr_file = dir_.target(target.name, index) / "stderr.log";
  replica.contain = std::any_of(plan_.faults.begin(), plan_.faults.end(), [&](const PlannedFault& fault) {
    return fault.armed && find_kind(plugins_.faults, fault.spec.kind).info.contains &&
           (fault.spec.target == target.name || fault.spec.target == process_name(target.name, index));
  });
  if (Status s = dir_.make_directory(replica.directory); !s) return s;

  Values values = parts_->values;
  values["self"] = process_name(target.name, index);
  values["index"] = std::to_string(index);
  values["dir"] = replica.directory.string();
  for (const auto& [name, number] : parts_->ports_of[process_name(target.name, index)]) {
    values["ports." + name] = std::to_string(number);
    replica.ports[name] = number;
  }
  for (const LinkSpec& link : plan_.scenario.links) {
    if (!uses_link(target, link.name)) continue;
    // An address of its own, so that a connection says whose it is.
    Result<std::string> entrance = parts_->links->entrance(link.name, process_name(target.name, index));
    if (!entrance) return entrance.error();
    values["links." + link.name] = std::move(entrance).value();
  }
  auto argv = expand_all(target.command, values);
  if (!argv) return argv.error();
  replica.argv = std::move(argv).value();
  auto ready_argv = expand_all(target.ready.argv, values);
  if (!ready_argv) return ready_argv.error();
  replica.spec.ready.argv = std::move(ready_argv).value();
  for (const auto& [name, text] : target.env) {
    Result<std::string> value = expand(text, values);
    if (!value) return value.error();
    replica.env[name] = std::move(value).value();
  }
  return parts_->supervisor->add(std::move(replica));
}

void Stage::start_targets(std::function<void(Status)> done) { parts_->supervisor->start_all(std::move(done)); }

Status Stage::start_source() {
  if (!parts_->source) return {};
  Values values = parts_->values;
  for (const std::string_view name : find_kind(plugins_.sources, plan_.scenario.source->kind).info.message_values) {
    values[std::string(name)] = fmt::format("{{{}}}", name);  // filled for each message, by the source itself
  }
  const Result<Params> params = expand(plan_.scenario.source->params, values);
  if (!params) return params.error();
  return parts_->source->start(*params);
}

bool Stage::source_finished() const { return !parts_->source || parts_->source->finished(); }

bool Stage::targets_gone() const {
  for (const TargetSpec& target : plan_.scenario.targets) {
    for (int index = 0; index < target.replicas; ++index) {
      const ProcessPhase phase = parts_->supervisor->state(process_name(target.name, index)).phase;
      if (phase != ProcessPhase::finished && phase != ProcessPhase::absent) return false;
    }
  }
  return true;
}

ProcessControl& Stage::processes() { return *parts_->supervisor; }
LinkHost* Stage::links() { return parts_->links.get(); }
LinkLog& Stage::link_log() { return parts_->link_log; }

void Stage::stop_source() {
  if (parts_->source) parts_->source->stop();
}

void Stage::stop_targets(std::function<void()> done) {
  if (parts_->supervisor) {
    parts_->supervisor->stop_all(std::move(done));
  } else {
    done();
  }
}

void Stage::kill_targets() {
  if (parts_->supervisor) parts_->supervisor->kill_all();
}

std::vector<Error> Stage::drain_witnesses() { return parts_->witnesses.drain(recorder_); }

std::vector<ProcessSummary> Stage::process_summaries() const {
  if (!parts_->supervisor) return {};
  auto summaries = parts_->supervisor->summaries();
  for (ProcessSummary& summary : summaries) {
    std::error_code ignored;
    for (std::string* log : {&summary.stdout_log, &summary.stderr_log}) {
      if (!log->empty()) *log = std::filesystem::proximate(*log, dir_.root(), ignored).string();
    }
  }
  return summaries;
}

std::vector<LinkSummary> Stage::link_summaries() const {
  std::vector<LinkSummary> summaries;
  if (!parts_->links) return summaries;
  for (const std::string& name : parts_->links->links()) {
    const LinkStats stats = parts_->links->stats(name);
    summaries.push_back({name, stats.connections, stats.upstream_bytes, stats.downstream_bytes});
  }
  return summaries;
}

std::vector<LinkTraffic> Stage::link_traffic() const {
  std::vector<LinkTraffic> traffic;
  if (!parts_->links) return traffic;
  for (const std::string& name : parts_->links->links()) {
    const LinkStats stats = parts_->links->stats(name);
    traffic.push_back({name, stats.connections, stats.upstream_received + stats.downstream_received});
  }
  return traffic;
}

std::map<std::string, LinkStats> Stage::link_stats() const {
  std::map<std::string, LinkStats> all;
  if (!parts_->links) return all;
  for (const std::string& name : parts_->links->links()) all[name] = parts_->links->stats(name);
  return all;
}

void Stage::close() {
  if (!parts_) return;
  stop_source();
  kill_targets();
  if (parts_->feed) parts_->feed->stop();
  parts_->feed.reset();
  parts_->links.reset();
  parts_->supervisor.reset();
  sweep_marked(parts_->mark, kSweepLimit);
  parts_.reset();
}

}  // namespace stormproof
