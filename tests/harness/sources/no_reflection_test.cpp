// A program of its own: linking libgrpc++_reflection, as sources_test does, gives every server reflection.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "harness/sources/catalog.h"
#include "stormproof/v1/witness.grpc.pb.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

TEST(GrpcSource, AServerWithoutReflection) {
  v1::Witness::Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  TempDir dir;
  SteadyClock clock;
  FakeRecorder recorder;
  SourceSpec spec;
  spec.params = params_of(sources::grpc_kind.info.params, {.text = {{"address", "127.0.0.1:" + std::to_string(port)},
                                                                    {"method", "stormproof.v1.Witness/Report"},
                                                                    {"messages", "1"}}});
  const auto source = sources::grpc_kind.make(spec, {recorder, clock, Rng(7), dir.path(), "run-1"});
  const Status started = source->start(spec.params);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().message, "source grpc: the server has no reflection service");
  EXPECT_EQ(started.error().hint, "give the source a `descriptor_set`, or add reflection to the server");
}

}  // namespace
}  // namespace stormproof
