/// Calls of a method known only at run time, with gRPC's generic stub: unary (a Sender for the Pusher) and streams.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/api/recorder.h"
#include "harness/sources/grpc_method.h"
#include "harness/sources/pusher.h"
#include "harness/sources/template.h"

namespace stormproof::sources {

/// What every call of a run has in common. Outlives the calls.
struct GrpcCall {
  std::string address;  ///< "127.0.0.1:4711"
  Template body;        ///< JSON
  std::vector<std::pair<std::string, Template>> metadata;
  Nanos timeout{};
  bool wait_for_server = false;  ///< a server that nobody reaches is waited for, until the timeout
};

/// One HTTP/2 connection, made when needed and again after a loss within milliseconds (gRPC's own default is a second
/// and more). Any thread.
class GrpcChannel {
 public:
  explicit GrpcChannel(const std::string& address);
  ~GrpcChannel();
  GrpcChannel(const GrpcChannel&) = delete;
  GrpcChannel& operator=(const GrpcChannel&) = delete;

  /// Asks the server's reflection service, version v1alpha, then v1.
  Result<std::string> reflect(const std::string& request, Nanos timeout) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

std::unique_ptr<Sender> make_unary_sender(const GrpcChannel& channel, const GrpcMethod& method, const GrpcCall& call);

/// Sends a workload over streams. Each of `concurrency` streams carries the keys k with k mod concurrency = its number,
/// in order. In a bidirectional stream the i-th reply acknowledges the i-th message; a final status OK acknowledges
/// all. Any other end leaves the rest unknown, since the server may have taken what it was sent; a new stream goes on.
class StreamPusher {
 public:
  struct Options {
    PushOptions push;
    std::uint64_t per_stream = 0;  ///< messages after which a stream is finished and the next begun; 0: no limit
  };
  StreamPusher(const Workload& workload, const Options& options, const GrpcChannel& channel, const GrpcMethod& method,
               const GrpcCall& call, Recorder& recorder, const Clock& clock);
  ~StreamPusher();
  StreamPusher(const StreamPusher&) = delete;
  StreamPusher& operator=(const StreamPusher&) = delete;

  void start();
  bool finished() const;
  void stop();

 private:
  class Lane;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace stormproof::sources
