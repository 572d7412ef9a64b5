/// grpc.health.v1.Health/Check spoken by hand: one request as bytes, one reply out of bytes. A probe needs no gRPC
/// library, no thread and no channel that would back off while a server starts.
#pragma once

#include <string>
#include <string_view>

namespace stormproof {

/// The client's whole side of the conversation: preface, settings, one call. `service` may be empty: the whole server.
std::string grpc_health_request(std::string_view authority, std::string_view service);

class GrpcHealthReply {
 public:
  enum class State {
    incomplete,
    serving,
    not_serving,  ///< the health service says so
    refused,      ///< an answer without a health status: no such service, or not HTTP/2
  };
  /// Bytes as they come, in any pieces. Once the state is not `incomplete` it stays.
  State feed(std::string_view bytes);

 private:
  State take_frame(unsigned type, unsigned flags, unsigned stream, std::string_view payload);
  State take_data(std::string_view payload);

  static constexpr std::size_t kMaxReply = 64U << 10U;
  State state_ = State::incomplete;
  std::string buffer_;
  std::string message_;
};

}  // namespace stormproof
