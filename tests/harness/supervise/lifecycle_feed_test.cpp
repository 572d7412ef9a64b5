// The parts that speak real gRPC: the lifecycle feed, and the hand-made health probe against grpc++'s own service.
#include "harness/supervise/lifecycle_feed.h"

#include <gmock/gmock.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <thread>

#include "harness/supervise/readiness.h"
#include "stormproof/v1/lifecycle.grpc.pb.h"

namespace stormproof {
namespace {

LifecycleChange change(LifecycleType type, const std::string& target, int index) {
  LifecycleChange change;
  change.type = type;
  change.target = target;
  change.index = index;
  change.process = target + "/" + std::to_string(index);
  change.pid = 42;
  return change;
}

class Watcher {
 public:
  Watcher(const std::string& address, const std::string& target)
      : stub_(v1::Lifecycle::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {
    v1::WatchRequest request;
    request.set_target(target);
    context_.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(30, GPR_TIMESPAN)));
    reader_ = stub_->Watch(&context_, request);
  }
  ~Watcher() {
    context_.TryCancel();
    reader_->Finish();
  }
  v1::LifecycleEvent next() {
    v1::LifecycleEvent event;
    EXPECT_TRUE(reader_->Read(&event));
    return event;
  }
  bool ended() {
    v1::LifecycleEvent event;
    return !reader_->Read(&event);
  }

 private:
  std::unique_ptr<v1::Lifecycle::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::LifecycleEvent>> reader_;
};

TEST(LifecycleFeed, ReplaysThePastThenFollows) {
  LifecycleFeed feed;
  const auto address = feed.start();
  ASSERT_TRUE(address) << address.error().message;
  feed.publish(change(LifecycleType::started, "client", 0));
  Watcher late(*address, "");
  EXPECT_EQ(late.next().type(), v1::LifecycleEvent::STARTED);

  LifecycleChange exit = change(LifecycleType::exited, "client", 0);
  exit.reason = "OOMKilled";
  exit.exit = {0, 9, true};
  exit.restart_count = 3;
  feed.publish(change(LifecycleType::paused, "client", 0));
  feed.publish(exit);
  const auto event = late.next();
  EXPECT_EQ(event.type(), v1::LifecycleEvent::EXITED);
  EXPECT_EQ(event.process(), "client/0");
  EXPECT_EQ(event.reason(), "OOMKilled");
  EXPECT_EQ(event.exit_code(), 137);
  EXPECT_EQ(event.signal(), 9);
  EXPECT_EQ(event.restart_count(), 3);
  feed.stop();
  EXPECT_TRUE(late.ended());
}

TEST(LifecycleFeed, AWatcherMayAskForOneTarget) {
  LifecycleFeed feed;
  const auto address = feed.start();
  ASSERT_TRUE(address);
  Watcher watcher(*address, "server");
  feed.publish(change(LifecycleType::started, "client", 0));
  feed.publish(change(LifecycleType::ready, "server", 1));
  EXPECT_EQ(watcher.next().process(), "server/1");
}

TEST(LifecycleFeed, AWatcherThatReadsNothingHoldsUpNobody) {
  LifecycleFeed feed;
  const auto address = feed.start();
  ASSERT_TRUE(address);
  Watcher deaf(*address, "");
  Watcher keen(*address, "");
  LifecycleChange big = change(LifecycleType::backoff, "client", 0);
  big.reason = std::string(10'000, 'r');
  for (int i = 0; i < 500; ++i) feed.publish(big);  // more than HTTP/2 windows hold
  for (int i = 0; i < 500; ++i) EXPECT_EQ(keen.next().reason().size(), 10'000U);
  feed.stop();
}

class HealthProbe : public ::testing::Test {
 protected:
  bool ready(const std::string& service, Nanos give_up) {
    boost::asio::io_context loop;
    WaitHub hub(loop, "none");
    ReadinessProbe::Options options;
    options.spec.kind = ReadySpec::Kind::grpc;
    options.spec.service = service;
    options.port = port_;
    bool is_ready = false;
    ReadinessProbe probe(loop, hub, options, [&] {
      is_ready = true;
      loop.stop();
    });
    probe.start();
    loop.run_for(give_up);
    trouble_ = probe.trouble();
    return is_ready;
  }

  void serve(bool with_health) {
    grpc::EnableDefaultHealthCheckService(with_health);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
  }

  v1::Lifecycle::Service service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::string trouble_;
};

TEST_F(HealthProbe, ASoundServerIsReady) {
  serve(true);
  EXPECT_TRUE(ready("", std::chrono::seconds(20))) << trouble_;
  EXPECT_FALSE(ready("stormproof.v1.Lifecycle", std::chrono::milliseconds(100))) << "unknown to the health service";
  server_->GetHealthCheckService()->SetServingStatus("stormproof.v1.Lifecycle", true);
  EXPECT_TRUE(ready("stormproof.v1.Lifecycle", std::chrono::seconds(20))) << trouble_;
}

TEST_F(HealthProbe, AServerThatSaysNoIsNot) {
  serve(true);
  server_->GetHealthCheckService()->SetServingStatus(false);
  EXPECT_FALSE(ready("", std::chrono::milliseconds(300)));
  EXPECT_THAT(trouble_, ::testing::HasSubstr("NOT_SERVING"));
}

TEST_F(HealthProbe, AServerWithoutTheServiceIsTold) {
  serve(false);
  EXPECT_FALSE(ready("", std::chrono::milliseconds(300)));
  EXPECT_THAT(trouble_, ::testing::HasSubstr("does the server offer grpc.health.v1.Health?"));
}

}  // namespace
}  // namespace stormproof
