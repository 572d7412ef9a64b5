#include "harness/sources/grpc_method.h"

#include <fmt/core.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "harness/base/text.h"

namespace stormproof::sources {

namespace pb = google::protobuf;

namespace {

constexpr const char* kTypePrefix = "type.googleapis.com";

using Files = std::map<std::string, pb::FileDescriptorProto>;

/// Keeps protobuf from printing to stderr; the first complaint becomes part of our message.
class Complaints final : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element, const pb::Message* descriptor,
                ErrorLocation location, const std::string& message) override {
    (void)descriptor, (void)location;
    if (first_.empty()) first_ = fmt::format("{}: {}: {}", file, element, message);
  }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

}  // namespace

struct GrpcMethod::Impl {
  pb::DescriptorPool pool;
  std::unique_ptr<pb::util::TypeResolver> types;
  const pb::MethodDescriptor* method = nullptr;
  std::string path;
  std::string input_url;

  /// Builds a file after the ones it imports. What the set lacks may be one of protobuf's own.
  Status build(const Files& files, const std::string& name, std::set<std::string>& building) {
    if (pool.FindFileByName(name) != nullptr || !building.insert(name).second) return {};
    pb::FileDescriptorProto file;
    if (const auto found = files.find(name); found != files.end()) {
      file = found->second;
    } else if (const auto* known = pb::DescriptorPool::generated_pool()->FindFileByName(name)) {
      known->CopyTo(&file);
    } else {
      return usage_error(fmt::format("the description of {} is missing", name),
                         "make the descriptor set with protoc's --include_imports");
    }
    for (const std::string& dependency : file.dependency()) {
      if (Status s = build(files, dependency, building); !s) return s;
    }
    Complaints complaints;
    if (pool.BuildFileCollectingErrors(file, &complaints) == nullptr) {
      return usage_error("the descriptors do not fit together: " + complaints.first());
    }
    return {};
  }

  Status find(const Files& files, const GrpcName& name) {
    std::set<std::string> building;
    for (const auto& [file, proto] : files) {
      if (Status s = build(files, file, building); !s) return s;
    }
    const pb::ServiceDescriptor* service = pool.FindServiceByName(name.service);
    if (service == nullptr) return usage_error(unknown_service(files, name.service));
    method = service->FindMethodByName(name.method);
    if (method == nullptr) return unknown_method(*service, name.method);
    path = "/" + name.service + "/" + name.method;
    types.reset(pb::util::NewTypeResolverForDescriptorPool(kTypePrefix, &pool));
    input_url = fmt::format("{}/{}", kTypePrefix, method->input_type()->full_name());
    return {};
  }

  static std::string unknown_service(const Files& files, const std::string& wanted) {
    std::vector<std::string> names;
    for (const auto& [file, proto] : files) {
      for (const auto& service : proto.service()) {
        names.push_back(proto.package().empty() ? service.name() : proto.package() + "." + service.name());
      }
    }
    return fmt::format("there is no gRPC service '{}', only {}", wanted, names.empty() ? "none" : join(names, ", "));
  }

  static Error unknown_method(const pb::ServiceDescriptor& service, const std::string& wanted) {
    std::vector<std::string> names;
    for (int i = 0; i < service.method_count(); ++i) names.push_back(service.method(i)->name());
    const std::string near = nearest(wanted, names);
    return usage_error(fmt::format("the gRPC service {} has no method '{}', only {}", service.full_name(), wanted,
                                   names.empty() ? "none" : join(names, ", ")),
                       near.empty() ? "" : fmt::format("did you mean '{}'?", near));
  }
};

GrpcMethod::GrpcMethod(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcMethod::GrpcMethod(GrpcMethod&&) noexcept = default;
GrpcMethod& GrpcMethod::operator=(GrpcMethod&&) noexcept = default;
GrpcMethod::~GrpcMethod() = default;

const std::string& GrpcMethod::path() const { return impl_->path; }
bool GrpcMethod::client_streaming() const { return impl_->method->client_streaming(); }
bool GrpcMethod::server_streaming() const { return impl_->method->server_streaming(); }

Result<std::string> GrpcMethod::encode(const std::string& json) const {
  std::string wire;
  const auto status = pb::util::JsonToBinaryString(impl_->types.get(), impl_->input_url, json, &wire);
  if (status.ok()) return wire;
  return usage_error(fmt::format("the body is no {}: {}", impl_->method->input_type()->full_name(),
                                 printable(std::string(status.message()))),
                     "the body is the request in protobuf's JSON mapping");
}

Result<GrpcName> parse_grpc_name(std::string_view name) {
  const std::string_view bare = name.starts_with('/') ? name.substr(1) : name;
  const std::size_t slash = bare.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == bare.size() ||
      bare.find('/', slash + 1) != std::string_view::npos) {
    return usage_error(fmt::format("'{}' does not name a gRPC method", printable(name)),
                       "write it like \"package.Service/Method\"");
  }
  return GrpcName{std::string(bare.substr(0, slash)), std::string(bare.substr(slash + 1))};
}

Result<GrpcMethod> GrpcMethod::from_descriptor_set(const std::filesystem::path& file, const std::string& name) {
  const Result<GrpcName> wanted = parse_grpc_name(name);
  if (!wanted) return wanted.error();
  std::ifstream stream(file, std::ios::binary);
  pb::FileDescriptorSet set;
  if (!stream) {
    return environment_error(fmt::format("cannot read the descriptor set {}", file.string()),
                             "make it with protoc --include_imports --descriptor_set_out=FILE");
  }
  if (!set.ParseFromIstream(&stream) || set.file_size() == 0) {
    return usage_error(fmt::format("{} is not a descriptor set", file.string()),
                       "make it with protoc --include_imports --descriptor_set_out=FILE");
  }
  Files files;
  for (const auto& proto : set.file()) files.emplace(proto.name(), proto);
  auto impl = std::make_unique<Impl>();
  if (Status s = impl->find(files, *wanted); !s) return s.error();
  return GrpcMethod(std::move(impl));
}

namespace {

// grpc/reflection/v1alpha/reflection.proto, by field number, so that its generated code is not needed: a program that
// links gRPC's own copy would register it twice.
constexpr int kFileByName = 3;
constexpr int kFileContainingSymbol = 4;
constexpr int kFileDescriptorResponse = 4;
constexpr int kErrorResponse = 7;
constexpr int kErrorMessage = 2;

/// Asks one question; adds the files of the answer. Returns the server's refusal, or trouble with the call.
Status ask(const GrpcMethod::Reflect& reflect, int field, const std::string& value, Files& files) {
  pb::UnknownFieldSet request;
  request.AddLengthDelimited(field, value);
  std::string wire;
  request.SerializeToString(&wire);
  const Result<std::string> answer = reflect(wire);
  if (!answer) return answer.error();
  pb::UnknownFieldSet response;
  if (!response.ParseFromString(*answer)) return environment_error("the reflection service's answer cannot be read");
  for (int i = 0; i < response.field_count(); ++i) {
    const pb::UnknownField& part = response.field(i);
    if (part.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) continue;
    pb::UnknownFieldSet inner;
    if (!inner.ParseFromString(part.length_delimited())) continue;
    for (int k = 0; k < inner.field_count(); ++k) {
      const pb::UnknownField& item = inner.field(k);
      if (item.type() != pb::UnknownField::TYPE_LENGTH_DELIMITED) continue;
      if (part.number() == kErrorResponse && item.number() == kErrorMessage) {
        return usage_error(
            fmt::format("the server's reflection does not know {}: {}", value, printable(item.length_delimited())));
      }
      pb::FileDescriptorProto file;
      if (part.number() == kFileDescriptorResponse && item.number() == 1 &&
          file.ParseFromString(item.length_delimited())) {
        files.emplace(file.name(), file);
      }
    }
  }
  return {};
}

/// The first import that is neither there nor one of protobuf's own.
const std::string* missing_import(const Files& files) {
  for (const auto& [name, file] : files) {
    for (const std::string& dependency : file.dependency()) {
      if (files.count(dependency) == 0 && pb::DescriptorPool::generated_pool()->FindFileByName(dependency) == nullptr) {
        return &dependency;
      }
    }
  }
  return nullptr;
}

}  // namespace

Result<GrpcMethod> GrpcMethod::from_reflection(const Reflect& reflect, const std::string& name) {
  const Result<GrpcName> wanted = parse_grpc_name(name);
  if (!wanted) return wanted.error();
  Files files;
  if (Status s = ask(reflect, kFileContainingSymbol, wanted->service, files); !s) return s.error();
  // Some servers send only the file asked for, not what it imports.
  while (const std::string* import = missing_import(files)) {
    const std::size_t before = files.size();
    const std::string asked = *import;
    if (Status s = ask(reflect, kFileByName, asked, files); !s) return s.error();
    if (files.size() == before) break;
  }
  auto impl = std::make_unique<Impl>();
  if (Status s = impl->find(files, *wanted); !s) return s.error();
  return GrpcMethod(std::move(impl));
}

}  // namespace stormproof::sources
