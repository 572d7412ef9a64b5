// kill -9 of the harness, looked at from outside before and after.
#include "harness/supervise/guard.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "harness/supervise/cgroup.h"
#include "harness/supervise/proc_fs.h"
#include "harness/supervise/spawn.h"
#include "harness/supervise/strays.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

class Doomed {
 public:
  explicit Doomed(const TempDir& directory, bool goodbye = false) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Fd write_end(ends[1]);
    out_ = ::fdopen(ends[0], "r");
    SpawnRequest request;
    request.name = "doomed";
    request.argv = {STORMPROOF_DOOMED, directory.path().string()};
    if (goodbye) request.argv.push_back("goodbye");
    request.env = {{"PATH", "/usr/bin:/bin"}};
    request.directory = "/";
    request.out = write_end.get();
    request.err = 2;
    auto spawned = spawn(request);
    EXPECT_TRUE(spawned);
    pid = spawned->pid;
    mark = line().substr(5);
    EXPECT_EQ(line(), "up");
  }
  ~Doomed() {
    ::fclose(out_);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  std::string line() {
    char buffer[512] = "";
    if (::fgets(buffer, sizeof buffer, out_) == nullptr) return "";
    std::string text(buffer);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }

  pid_t pid = 0;
  std::string mark;

 private:
  FILE* out_ = nullptr;
};

std::set<std::string> our_cgroups() {
  std::set<std::string> found;
  const CgroupSupport support = detect_cgroups();
  if (support.memory.version == 0) return found;
  for (const auto& entry : std::filesystem::directory_iterator(support.memory.parent)) {
    if (entry.path().filename().string().rfind("stormproof-run-1-t", 0) == 0) found.insert(entry.path());
  }
  return found;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const pid_t pid : all_pids()) {
    const auto stat = proc_stat(pid);
    if (stat && stat->parent == parent && !stat->zombie()) children.push_back(pid);
  }
  return children;
}

bool alive(pid_t pid) {
  const auto stat = proc_stat(pid);
  return stat && !stat->zombie();
}

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    ::poll(nullptr, 0, 5);
  }
  return false;
}

TEST(Guard, NothingLivesAfterKill9OfTheHarness) {
  const TempDir directory;
  const auto cgroups_before = our_cgroups();
  Doomed harness(directory);
  EXPECT_TRUE(eventually([&] { return find_marked(harness.mark).size() >= 9; }))
      << "all targets and their children run";
  EXPECT_EQ(our_cgroups().size() - cgroups_before.size(), detect_cgroups().memory.version != 0 ? 3U : 0U);
  EXPECT_TRUE(std::filesystem::exists(directory / "scratch/deep/file"));
  const auto children = children_of(harness.pid);  // the guard is one of them
  EXPECT_GE(children.size(), 4U);

  ::kill(harness.pid, SIGKILL);

  EXPECT_TRUE(eventually([&] { return find_marked(harness.mark).empty(); })) << "marked processes live on";
  EXPECT_TRUE(eventually([&] { return our_cgroups() == cgroups_before; })) << "cgroups are left";
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(directory / "scratch"); })) << "files are left";
  for (const pid_t child : children) {
    EXPECT_TRUE(eventually([&] { return !alive(child); })) << child << " lives on; the guard itself must go too";
  }
}

TEST(Guard, SurvivesTheSignalsOfATerminal) {
  const TempDir directory;
  Doomed harness(directory);
  for (const pid_t child : children_of(harness.pid)) {
    if (read_small_file("/proc/" + std::to_string(child) + "/comm").value_or("") != "stormproof-guard\n" &&
        read_small_file("/proc/" + std::to_string(child) + "/comm").value_or("") != "stormproof-guar\n") {
      continue;
    }
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::kill(child, number);
    EXPECT_TRUE(alive(child));
    ::kill(harness.pid, SIGKILL);
    EXPECT_TRUE(eventually([&] { return find_marked(harness.mark).empty(); }));
    EXPECT_TRUE(eventually([&] { return !alive(child); }));
    return;
  }
  FAIL() << "no guard found";
}

TEST(Guard, AfterAGoodbyeItTouchesNothing) {
  const TempDir directory;
  const auto cgroups_before = our_cgroups();
  Doomed harness(directory, true);
  int status = 0;
  EXPECT_EQ(::waitpid(harness.pid, &status, 0), harness.pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(find_marked(harness.mark).empty());
  EXPECT_EQ(our_cgroups(), cgroups_before) << "the supervisor removed them itself";
  EXPECT_TRUE(std::filesystem::exists(directory / "scratch/deep/file")) << "watched paths are for accidents only";
}

}  // namespace
}  // namespace stormproof
