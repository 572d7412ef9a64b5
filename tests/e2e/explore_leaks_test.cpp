/// Trial after trial, and nothing is left of any: no process, descriptor, thread, control group or file. The sound
/// target is accused of nothing meanwhile. STORMPROOF_LEAK_TRIALS makes it longer (30).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/e2e/support/child.h"
#include "tests/e2e/support/scenario_file.h"

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

int trials_wanted() {
  const char* given = std::getenv("STORMPROOF_LEAK_TRIALS");
  return given != nullptr ? std::max(1, std::atoi(given)) : 30;
}

std::ptrdiff_t entries(const fs::path& directory) {
  std::error_code gone;
  std::ptrdiff_t count = 0;
  for (fs::directory_iterator at(directory, gone), end; !gone && at != end; at.increment(gone)) ++count;
  return count;
}

/// Counts the entries of /proc/PID/`what` again and again, as long as it lives.
class Watch {
 public:
  Watch(pid_t pid, const char* what) : directory_("/proc/" + std::to_string(pid) + '/' + what) {
    thread_ = std::thread([this] {
      while (!over_) {
        if (const std::ptrdiff_t count = entries(directory_); count > 0) counts_.push_back(count);
        ::poll(nullptr, 0, 5);
      }
    });
  }
  ~Watch() { end(); }
  void end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  /// Between the second quarter and the last. Trials hold some for a while, so that only the least of many looks
  /// counts.
  std::ptrdiff_t growth() const {
    const auto quarter = static_cast<std::ptrdiff_t>(counts_.size() / 4);
    const auto at = counts_.begin();
    return *std::min_element(at + 3 * quarter, counts_.end()) - *std::min_element(at + quarter, at + 2 * quarter);
  }

 private:
  const fs::path directory_;
  std::vector<std::ptrdiff_t> counts_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

TEST(ExploreTrials, LeaveNothingBehindAndAccuseNobody) {
  const Workplace place;
  fs::create_directory(place.path("tmp"));
  const std::vector<std::string> groups_before = control_groups();
  const int trials = trials_wanted();
  // One at a time, so that between two of them only what is always open is open; of many the trend is enough.
  const int jobs = trials < 200 ? 1 : 6;
  Options options;
  options.env = {{"TMPDIR", place.path("tmp")}};
  options.patience = std::chrono::seconds(60 + 5 * trials);
  const std::string scenario = std::string(STORMPROOF_SOURCE_DIR) + "/scenarios/stream/explore.toml";
  Child child(
      stormproof({"explore", scenario, "--set", "level=recoverable", "--runs", std::to_string(trials), "--seed", "11",
                  "--patience", "0", "--jobs", std::to_string(jobs), "--json", "--out", place.path("out")}),
      options);
  Watch descriptors(child.pid(), "fd");
  Watch threads(child.pid(), "task");
  const Ran ran = child.wait();
  descriptors.end();
  threads.end();
  ASSERT_EQ(ran.exit_code, 0) << ran.out << ran.err;
  const auto report = nlohmann::json::parse(ran.out);
  EXPECT_EQ(report.at("trials"), trials);
  EXPECT_EQ(report.at("failed"), 0) << ran.out;
  EXPECT_EQ(report.at("could_not"), 0) << ran.out;
  // What leaks with every trial, even with every fourth, is found; nothing of what trials hold for a while is.
  const std::ptrdiff_t most = std::max(4, trials / 8);
  EXPECT_LE(descriptors.growth(), most);
  EXPECT_LE(threads.growth(), most);
  EXPECT_THAT(processes_left(place.root().string(), std::chrono::milliseconds(500)), testing::IsEmpty());
  EXPECT_EQ(control_groups(), groups_before);
  EXPECT_TRUE(fs::is_empty(place.path("tmp")));
  EXPECT_TRUE(fs::is_empty(place.path("out")));
  std::cout << trials << " trials: " << descriptors.growth() << " more descriptors, " << threads.growth()
            << " more threads\n";
}

}  // namespace
}  // namespace stormproof::e2e
