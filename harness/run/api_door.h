/// `run --api`: the links of a running scenario under Toxiproxy's API. Links appear as proxies; toxics come and go on
/// them, and each is in the history as a fault of its own, "api:LINK/TOXIC", which need not prove itself.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "harness/api/fault.h"
#include "harness/proxy/http_server.h"
#include "harness/proxy/proxy_collection.h"

namespace stormproof {

/// Made and destroyed on the run's thread; requests are served on a thread of the server.
class ApiDoor {
 public:
  struct Parts {
    LinkHost& links;
    std::span<const FaultKind* const> kinds;
    Recorder& recorder;
    const Clock& clock;
  };
  /// All links of the plan are open by now.
  ApiDoor(const Plan& plan, Parts parts);
  ~ApiDoor();

  /// Opens. The error says what to do about an address that is taken.
  Status open(const std::string& address);
  const std::string& address() const { return server_->address(); }
  /// Lets nobody in any more, and heals what was done. Idempotent.
  void close();
  /// When somebody last changed something.
  Nanos last_action() const { return Nanos(last_action_.load()); }

 private:
  void record(const Poke& poke);

  Parts parts_;
  ToxicKinds kinds_;
  ProxyCollection proxies_;
  std::unique_ptr<HttpServer> server_;
  std::atomic<Nanos::rep> last_action_{0};
};

}  // namespace stormproof
