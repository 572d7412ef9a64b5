#include "harness/supervise/supervisor.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <set>

#include "harness/base/assert.h"
#include "harness/supervise/guard.h"
#include "harness/supervise/strays.h"

namespace stormproof {

namespace asio = boost::asio;

namespace {
constexpr Nanos kSweepLimit = std::chrono::seconds(2);
}  // namespace

struct Supervisor::Impl : std::enable_shared_from_this<Supervisor::Impl> {
  Impl(asio::io_context& io, const Clock& clock, Recorder& recorder, const Options& options, const Hooks& hooks)
      : loop(io),
        mark(options.guard != nullptr ? options.guard->run_mark(options.run_id) : options.run_id),
        hub(io, mark),
        cgroups(detect_cgroups()),
        world{io,
              hub,
              clock,
              recorder,
              cgroups,
              options.guard,
              options.run_id,
              mark,
              hooks.on_change,
              hooks.on_line,
              [this] { advance(); }} {}

  using Replicas = std::vector<std::unique_ptr<Replica>>;

  Replica* find(const std::string& process) const {
    for (const auto& replica : replicas) {
      if (replica->spec().name() == process) return replica.get();
    }
    return nullptr;
  }

  template <class Call>
  Status with(const std::string& process, Call call) const {
    Replica* replica = find(process);
    if (replica == nullptr) return internal_error("there is no process " + process);
    return call(*replica);
  }

  /// Whether `test` holds for all replicas of the target.
  template <class Test>
  bool all_of(const std::string& target, Test test) const {
    return std::all_of(replicas.begin(), replicas.end(),
                       [&](const auto& replica) { return replica->spec().target != target || test(*replica); });
  }

  // A process changed: whoever waits for it may go on.
  void advance() {
    if (advancing) {
      advance_again = true;
      return;
    }
    advancing = true;
    do {
      advance_again = false;
      if (starting) advance_start();
      if (stopping) advance_stop();
    } while (advance_again);
    advancing = false;
  }

  void advance_start() {
    for (const auto& replica : replicas) {
      if (replica->failed_to_start()) return finish_start(replica->start_error());
    }
    for (const auto& replica : replicas) {
      if (begun.count(replica.get()) != 0) continue;
      const auto& after = replica->spec().spec.after;
      const bool may = std::all_of(after.begin(), after.end(), [&](const std::string& target) {
        return all_of(target, [](const Replica& other) { return other.ready(); });
      });
      if (!may) continue;
      begun.insert(replica.get());
      if (Status started = replica->first_start(); !started) return finish_start(started);
      if (!starting) return;
    }
    if (std::all_of(replicas.begin(), replicas.end(), [](const auto& replica) { return replica->ready(); })) {
      finish_start({});
    }
  }

  void finish_start(Status status) {
    if (!starting) return;
    starting = false;
    asio::post(loop, [done = std::exchange(start_done, nullptr), status = std::move(status)] { done(status); });
  }

  void advance_stop() {
    for (const auto& replica : replicas) {
      if (stop_begun.count(replica.get()) != 0) continue;
      const std::string& target = replica->spec().target;
      const bool needed = std::any_of(replicas.begin(), replicas.end(), [&](const auto& other) {
        const auto& after = other->spec().spec.after;
        const bool depends = std::find(after.begin(), after.end(), target) != after.end();
        return depends && other->spec().target != target && (other->running() || stop_begun.count(other.get()) == 0);
      });
      if (needed) continue;
      stop_begun.insert(replica.get());
      advance_again = true;
      replica->stop();
    }
    const bool gone = std::none_of(replicas.begin(), replicas.end(), [](const auto& r) { return r->running(); });
    if (!gone || stop_begun.size() != replicas.size()) return;
    stopping = false;
    clear_remains();
    asio::post(loop, [done = std::exchange(stop_done, nullptr)] {
      if (done) done();
    });
  }

  void clear_remains() {
    hub.reap_orphans();
    hub.reap_adopted(sweep_marked(mark, kSweepLimit));
    for (const auto& replica : replicas) replica->close_output();
  }

  void kill_all() {
    starting = stopping = false;
    start_done = nullptr;
    stop_done = nullptr;
    for (const auto& replica : replicas) replica->stop_at_once();
    for (const auto& replica : replicas) replica->wait_gone();
    clear_remains();
  }

  asio::io_context& loop;
  const std::string mark;
  WaitHub hub;
  const CgroupSupport cgroups;
  Replica::World world;
  Replicas replicas;
  bool starting = false;
  bool stopping = false;
  bool advancing = false;
  bool advance_again = false;
  std::set<const Replica*> begun;
  std::set<const Replica*> stop_begun;
  std::function<void(Status)> start_done;
  std::function<void()> stop_done;
};

Supervisor::Supervisor(asio::io_context& loop, const Clock& clock, Recorder& recorder, Options options, Hooks hooks)
    : impl_(std::make_shared<Impl>(loop, clock, recorder, options, hooks)) {}

Supervisor::~Supervisor() {
  impl_->world.on_change = nullptr;
  impl_->world.on_line = nullptr;
  impl_->kill_all();
  impl_->replicas.clear();
}

Status Supervisor::add(ReplicaSpec spec) {
  STORMPROOF_ASSERT(impl_->find(spec.name()) == nullptr, "the replica was added twice");
  auto replica = std::make_unique<Replica>(std::move(spec), impl_->world);
  if (Status prepared = replica->prepare(); !prepared) return prepared;
  impl_->replicas.push_back(std::move(replica));
  return {};
}

void Supervisor::start_all(std::function<void(Status)> done) {
  STORMPROOF_ASSERT(!impl_->starting && !impl_->stopping, "start_all() in the middle of something");
  impl_->starting = true;
  impl_->start_done = std::move(done);
  impl_->advance();
}

void Supervisor::stop_all(std::function<void()> done) {
  impl_->starting = false;
  impl_->start_done = nullptr;
  impl_->stopping = true;
  impl_->stop_done = std::move(done);
  impl_->advance();
}

void Supervisor::kill_all() { impl_->kill_all(); }

std::vector<ProcessSummary> Supervisor::summaries() const {
  std::vector<ProcessSummary> all;
  for (const auto& replica : impl_->replicas) all.push_back(replica->summary());
  return all;
}

std::vector<std::string> Supervisor::resolve(const std::string& selector) const {
  std::vector<std::string> names;
  for (const auto& replica : impl_->replicas) {
    const std::string name = replica->spec().name();
    if (name == selector || replica->spec().target == selector) names.push_back(name);
  }
  return names;
}

ProcessState Supervisor::state(const std::string& process) const {
  const Replica* replica = impl_->find(process);
  if (replica != nullptr) return replica->state();
  ProcessState absent;
  absent.name = process;
  return absent;
}

Status Supervisor::kill(const std::string& process, bool hold) {
  return impl_->with(process, [&](Replica& replica) { return replica.kill(hold); });
}

Status Supervisor::terminate(const std::string& process, std::optional<Nanos> grace, bool hold,
                             std::function<void(bool killed)> done) {
  return impl_->with(process, [&](Replica& replica) { return replica.terminate(grace, hold, std::move(done)); });
}

Status Supervisor::pause(const std::string& process) {
  return impl_->with(process, [](Replica& replica) { return replica.pause(); });
}

Status Supervisor::resume(const std::string& process) {
  return impl_->with(process, [](Replica& replica) { return replica.resume(); });
}

Status Supervisor::start(const std::string& process) {
  return impl_->with(process, [](Replica& replica) { return replica.start(); });
}

Status Supervisor::release(const std::string& process) {
  return impl_->with(process, [](Replica& replica) { return replica.release(); });
}

Status Supervisor::exhaust_memory(const std::string& process, bool hold) {
  return impl_->with(process, [&](Replica& replica) { return replica.exhaust_memory(hold); });
}

}  // namespace stormproof
