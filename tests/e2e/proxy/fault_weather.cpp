#include "tests/e2e/proxy/fault_weather.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <deque>

namespace stormproof::e2e {
namespace {

struct Kind {
  const char* type;
  const char* attribute;  ///< that is drawn
  int least;
  int most;
};

constexpr std::array kGentle = {
    Kind{"latency", "latency", 1, 20},        Kind{"slicer", "average_size", 100, 8000},
    Kind{"bandwidth", "rate", 2'000, 50'000}, Kind{"slow_close", "delay", 1, 30},
    Kind{"packet_loss", "correlation", 0, 1}, Kind{"partition", nullptr, 0, 0},
    Kind{"half_open", nullptr, 0, 0},
};
constexpr std::array kHarsh = {
    Kind{"reset_peer", "timeout", 0, 30}, Kind{"limit_data", "bytes", 1, 100'000}, Kind{"timeout", "timeout", 1, 30},
    Kind{"blackhole", nullptr, 0, 0},     Kind{"refuse", nullptr, 0, 0},
};

std::string attributes_of(const Kind& kind, Rng& rng) {
  if (kind.attribute == nullptr) return "{}";
  return std::string(R"({")") + kind.attribute + R"(":)" + std::to_string(rng.between(kind.least, kind.most)) + "}";
}

}  // namespace

FaultWeather::FaultWeather(const ProxyUnderTest& proxy, Mood mood, std::uint64_t seed)
    : proxy_(proxy), mood_(mood), rng_(seed), thread_([this] { blow(); }) {}

FaultWeather::~FaultWeather() { stop(); }

void FaultWeather::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void FaultWeather::begin_one(int number) {
  const bool harsh = mood_ == Mood::harsh && rng_.chance(0.4);
  const auto last = static_cast<std::int64_t>(harsh ? kHarsh.size() : kGentle.size()) - 1;
  const auto drawn = static_cast<std::size_t>(rng_.between(0, last));
  const Kind& kind = harsh ? kHarsh[drawn] : kGentle[drawn];
  const std::string name = "weather" + std::to_string(number);
  // Half of the connections at a time, so that some traffic goes on beside what is struck.
  proxy_.add(name, kind.type, rng_.chance(0.5) ? "upstream" : "downstream", attributes_of(kind, rng_), harsh ? 0.5 : 1);
  if (kind.attribute == nullptr || !rng_.chance(0.5)) return;
  const auto changed =
      proxy_.call("PATCH", "/proxies/proxy/toxics/" + name, R"({"attributes":)" + attributes_of(kind, rng_) + "}");
  EXPECT_EQ(changed.status, 200) << changed.body;
  ++changes_;
}

void FaultWeather::blow() {
  constexpr std::size_t kAtOnce = 3;
  std::deque<std::string> blowing;
  for (int number = 0; !stop_ && !testing::Test::HasFailure(); ++number) {
    begin_one(number);
    blowing.push_back("weather" + std::to_string(number));
    ::poll(nullptr, 0, static_cast<int>(rng_.between(1, 40)));
    if (blowing.size() >= kAtOnce) {
      proxy_.remove(blowing.front());
      blowing.pop_front();
    }
    changes_ += 2;
  }
  for (const std::string& name : blowing) proxy_.remove(name);
}

}  // namespace stormproof::e2e
