/// A gRPC method known only at run time: looked up in a descriptor set, or asked of the server through its reflection
/// service. Turns JSON into the bytes of its request. No gRPC or protobuf header leaves the .cpp files.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace stormproof::sources {

class GrpcMethod {
 public:
  /// Answers a reflection query (a serialised ServerReflectionRequest) with a serialised response.
  using Reflect = std::function<Result<std::string>(const std::string& request)>;

  /// `name` is "package.Service/Method". `file` is what `protoc --include_imports --descriptor_set_out=FILE` writes.
  static Result<GrpcMethod> from_descriptor_set(const std::filesystem::path& file, const std::string& name);
  static Result<GrpcMethod> from_reflection(const Reflect& reflect, const std::string& name);

  GrpcMethod(GrpcMethod&&) noexcept;
  GrpcMethod& operator=(GrpcMethod&&) noexcept;
  ~GrpcMethod();

  const std::string& path() const;  ///< "/package.Service/Method"
  bool client_streaming() const;
  bool server_streaming() const;
  /// The request in protobuf's JSON mapping -> its wire format. Any thread.
  Result<std::string> encode(const std::string& json) const;

 private:
  struct Impl;
  explicit GrpcMethod(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Splits "package.Service/Method", with or without a slash in front; the error says how to write it.
struct GrpcName {
  std::string service, method;
};
Result<GrpcName> parse_grpc_name(std::string_view name);

}  // namespace stormproof::sources
