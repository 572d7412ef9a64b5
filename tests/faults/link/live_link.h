/// A link in front of a server, with faults coming and going, over real sockets.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "faults/link/link_host.h"
#include "tests/faults/link/kind_under_test.h"
#include "tests/support/echo_server.h"
#include "tests/support/test_socket.h"

namespace stormproof {

/// Somebody else's thread says that something happened.
class Signal {
 public:
  void raise() {
    const std::lock_guard lock(mutex_);
    raised_ = true;
    condition_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return condition_.wait_for(lock, std::chrono::seconds(20), [this] { return raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool raised_ = false;
};

/// A link "feed" in front of a server, and the run's event loop as far as link faults need it.
class LiveLink : public testing::Test, public FaultContext {
 protected:
  void open(const std::string& upstream) { open(LinkOptions{.upstream = upstream}); }
  void open(const LinkOptions& options) {
    auto host = make_link_host(clock_);
    ASSERT_TRUE(host.ok());
    host_ = std::move(*host);
    auto address = host_->open("feed", options);
    ASSERT_TRUE(address.ok()) << address.error().message;
    address_ = *address;
  }
  std::unique_ptr<Fault> inject(const FaultKind& kind, const std::function<void(FaultSpec&)>& adjust = {}) {
    planned_.push_back(std::make_unique<PlannedFault>(planned_on_link(kind)));
    if (adjust) adjust(planned_.back()->spec);
    auto fault = kind.make(*planned_.back());
    const Status injected = fault->inject(*this);
    EXPECT_TRUE(injected.ok());
    return fault;
  }
  TestSocket connect() { return TestSocket::connect(address_); }

  ProcessControl& processes() override { return processes_; }
  LinkControl& links() override { return *host_; }
  const Clock& clock() const override { return clock_; }
  Recorder& recorder() override { return recorder_; }
  void after(Nanos, std::function<void()>) override {}

  SteadyClock clock_;
  std::unique_ptr<LinkHost> host_;
  std::string address_;

 private:
  FakeProcessControl processes_;
  FakeRecorder recorder_;
  std::vector<std::unique_ptr<PlannedFault>> planned_;
};

inline std::string pattern(std::size_t size) {
  std::string bytes(size, ' ');
  Rng rng(size);
  for (char& byte : bytes) byte = static_cast<char>(rng.next());
  return bytes;
}

}  // namespace stormproof
