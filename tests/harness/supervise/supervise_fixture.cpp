#include "tests/harness/supervise/supervise_fixture.h"

#include <unistd.h>

#include <filesystem>

#include "harness/base/rng.h"
#include "tests/support/golden.h"

namespace stormproof {

std::vector<std::string> KeepingRecorder::life(const std::string& process) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> lines;
  for (const Event& event : events_) {
    if (event.type != EventType::process || event.by != process) continue;
    std::string line = event.id;
    if (!event.key.empty()) line += " " + event.key;
    if (event.seq != EventView::kNoSeq) line += " " + std::to_string(event.seq);
    const std::string detail = event.detail.substr(0, event.detail.find(" pid="));
    if (!detail.empty()) line += " " + detail;
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> KeepingRecorder::notes() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> notes;
  for (const Event& event : events_) {
    if (event.type == EventType::note) notes.push_back(event.detail);
  }
  return notes;
}

SuperviseTest::SuperviseTest() {
  run_id_ = "test-" + std::to_string(::getpid()) + "-" + std::to_string(draw_seed());
  supervisor_ = std::make_unique<Supervisor>(
      loop_, clock_, recorder_, Supervisor::Options{run_id_, nullptr},
      Supervisor::Hooks{[this](const LifecycleChange& change) { changes_.push_back(change); },
                        [this](const std::string& process, std::string_view line) {
                          lines_.push_back(process + ": " + std::string(line));
                        }});
}

SuperviseTest::~SuperviseTest() {
  supervisor_.reset();
  EXPECT_TRUE(find_marked(run_id_).empty()) << "processes of the test live on";
}

ReplicaSpec SuperviseTest::program(const std::string& target, std::vector<std::string> argv) {
  ReplicaSpec spec;
  spec.target = target;
  spec.argv = std::move(argv);
  spec.directory = directory_ / (target + "-0");
  std::filesystem::create_directory(spec.directory);
  spec.stdout_file = spec.directory / "stdout.log";
  spec.stderr_file = spec.directory / "stderr.log";
  spec.spec.name = target;
  return spec;
}

ReplicaSpec SuperviseTest::shell(const std::string& target, const std::string& script) {
  return program(target, {"/bin/sh", "-c", script});
}

void SuperviseTest::add(ReplicaSpec spec) {
  const Status added = supervisor_->add(std::move(spec));
  ASSERT_TRUE(added) << added.error().message;
}

void SuperviseTest::run_until(const std::function<bool()>& condition, const char* what) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  loop_.restart();
  while (!condition()) {
    loop_.run_one_until(until);
    if (loop_.stopped()) loop_.restart();
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "never happened: " << what;
  }
}

Status SuperviseTest::start_all() {
  std::optional<Status> result;
  supervisor_->start_all([&](Status status) { result = std::move(status); });
  run_until([&] { return result.has_value(); }, "start_all is done");
  return result.value_or(internal_error("start_all never ended"));
}

void SuperviseTest::stop_all() {
  bool stopped = false;
  supervisor_->stop_all([&] { stopped = true; });
  run_until([&] { return stopped; }, "stop_all is done");
}

std::string SuperviseTest::log_of(const std::string& target, const char* file) const {
  return read_file(directory_ / (target + "-0") / file);
}

void SuperviseTest::expect_nothing_left() {
  supervisor_.reset();
  EXPECT_TRUE(find_marked(run_id_).empty()) << "processes live on";
  const CgroupSupport support = detect_cgroups();
  for (const auto* controller : {&support.memory, &support.cpu}) {
    if (controller->version == 0) continue;
    for (const auto& entry : std::filesystem::directory_iterator(controller->parent)) {
      EXPECT_EQ(entry.path().string().find(run_id_), std::string::npos) << entry.path();
    }
  }
}

}  // namespace stormproof
