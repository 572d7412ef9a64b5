// A proxy process made of this project's engine alone, without `stormproof proxy` around it.
//
//   bench_link_driver LISTEN_PORT UPSTREAM_PORT pass|look|delay_1ms
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>

#include "faults/link/link_host.h"

namespace {

using namespace stormproof;
using namespace std::chrono_literals;

class Looks final : public LinkFault {
 public:
  LinkAction on_chunk(const ChunkView&, Nanos) override { return LinkAction::forward(); }
  bool needs_bytes() const override { return true; }
  std::uint64_t hits() const override { return 0; }
};

class Delays final : public LinkFault {
 public:
  LinkAction on_chunk(const ChunkView& chunk, Nanos now) override {
    const Nanos due = chunk.received + 1ms;
    return now >= due ? LinkAction::forward() : LinkAction::hold(due);
  }
  std::uint64_t hits() const override { return 0; }
};

int complain(const std::string& what) {
  std::cerr << "bench_link_driver: error: " << what << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return complain("LISTEN_PORT UPSTREAM_PORT DUTY");
  const SteadyClock clock;
  auto host = make_link_host(clock);
  if (!host) return complain(host.error().message);
  LinkOptions options;
  options.listen = std::string("127.0.0.1:") + argv[1];
  options.upstream = std::string("127.0.0.1:") + argv[2];
  if (const auto opened = (*host)->open("bench", options); !opened) return complain(opened.error().message);
  const std::string_view duty = argv[3];
  std::shared_ptr<LinkFault> fault;
  if (duty == "look") fault = std::make_shared<Looks>();
  if (duty == "delay_1ms") fault = std::make_shared<Delays>();
  if (fault != nullptr) {
    if (Status armed = (*host)->arm("bench", Direction::both, fault); !armed) return complain(armed.error().message);
  }
  ::pause();
}
