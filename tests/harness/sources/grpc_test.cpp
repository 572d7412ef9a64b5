// The grpc source against real gRPC servers. stormproof.v1.Witness serves as a target's service: it has a unary and a
// client-streaming method, and linking libgrpc++_reflection gives every server here its reflection; a service known
// only from a descriptor set has a bidirectional one.
#include <google/protobuf/descriptor.pb.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <mutex>

#include "harness/sources/catalog.h"
#include "harness/sources/grpc_method.h"
#include "stormproof/v1/witness.grpc.pb.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_socket.h"

namespace stormproof {
namespace {

namespace proto = ::stormproof::v1;
namespace pb = google::protobuf;

/// A target: answers as told and keeps what it was sent.
class Service final : public proto::Witness::Service {
 public:
  grpc::Status Report(grpc::ServerContext* context, const proto::Effect* effect, proto::Reported*) override {
    if (held_) eventually([context] { return context->IsCancelled(); });
    const auto found = context->client_metadata().find("order-id");
    const std::lock_guard lock(mutex_);
    metadata_ =
        found == context->client_metadata().end() ? "" : std::string(found->second.data(), found->second.size());
    effects_.push_back(*effect);
    return status_;
  }
  grpc::Status ReportAll(grpc::ServerContext*, grpc::ServerReader<proto::Effect>* reader, proto::Reported*) override {
    proto::Effect effect;
    std::size_t read = 0;
    {
      const std::lock_guard lock(mutex_);
      ++streams_;
    }
    while (read < read_at_most_ && reader->Read(&effect)) {
      ++read;
      const std::lock_guard lock(mutex_);
      effects_.push_back(effect);
    }
    const std::lock_guard lock(mutex_);
    return streams_ <= failing_streams_ ? grpc::Status(grpc::StatusCode::INTERNAL, "broken") : status_;
  }

  std::vector<proto::Effect> effects() {
    const std::lock_guard lock(mutex_);
    return effects_;
  }

  std::mutex mutex_;
  std::vector<proto::Effect> effects_;
  std::string metadata_;
  grpc::Status status_;
  std::size_t read_at_most_ = SIZE_MAX;
  int streams_ = 0;
  int failing_streams_ = 0;
  std::atomic<bool> held_{false};  ///< calls hang until the server shuts down
};

/// Echo/Chat: a reply for each message; ends with `status` after `most` of them.
class Chat final : public grpc::CallbackGenericService {
 public:
  grpc::Status status;
  int most = 1 << 30;

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(const Chat& chat) : chat_(chat) { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (!ok || seen_ == chat_.most) {
        Finish(chat_.status);
        return;
      }
      ++seen_;
      StartWrite(&message_);
    }
    void OnWriteDone(bool ok) override {
      if (ok) StartRead(&message_);
    }
    void OnDone() override { delete this; }

   private:
    const Chat& chat_;
    grpc::ByteBuffer message_;
    int seen_ = 0;
  };
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Reactor(*this);
  }
};

class GrpcSource : public ::testing::Test {
 protected:
  void TearDown() override {
    source_.reset();
    if (server_) server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  }

  template <class Any>
  void serve(Any& service) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address_.empty() ? "127.0.0.1:0" : address_, grpc::InsecureServerCredentials(), &port);
    if constexpr (std::is_base_of_v<grpc::CallbackGenericService, Any>) {
      builder.RegisterCallbackGenericService(&service);
    } else {
      builder.RegisterService(&service);
    }
    server_ = builder.BuildAndStart();
    ASSERT_NE(port, 0);
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  Status start(std::map<std::string, std::string> text, TextMap metadata = {}) {
    text.try_emplace("address", address_);
    text.try_emplace("messages", "1");
    text.try_emplace("method", "stormproof.v1.Witness/Report");
    text.try_emplace("body", R"({"id":"{id}","key":"{key}","seq":{seq},"hasSeq":true,"digest":"{digest}"})");
    GivenParams given{.text = std::move(text)};
    if (!metadata.empty()) given.maps["metadata"] = std::move(metadata);
    const Params params = params_of(sources::grpc_kind.info.params, given);
    SourceSpec spec;
    spec.params = params;
    source_ = sources::grpc_kind.make(spec, {recorder_, clock_, Rng(7), dir_.path(), "run-1"});
    std::map<std::string, std::string> values;
    if (Status s = source_->prepare(values); !s) return s;
    return source_->start(params);
  }
  bool finish() {
    return eventually([this] { return source_->finished(); });
  }
  std::string outcome_of(std::map<std::string, std::string> text = {}) {
    const Status started = start(std::move(text));
    EXPECT_TRUE(started.ok()) << started.error().message;
    EXPECT_TRUE(finish());
    source_->stop();
    const Event last = recorder_.events().back();
    return std::string(to_string(last.type)) + " " + last.detail;
  }

  /// A descriptor set with Echo.Chat (bidirectional) and Echo.Watch (server stream).
  std::string echo_descriptors() {
    pb::FileDescriptorSet set;
    pb::FileDescriptorProto* file = set.add_file();
    file->set_name("echo.proto");
    file->set_package("test");
    file->set_syntax("proto3");
    file->add_dependency("google/protobuf/timestamp.proto");
    pb::DescriptorProto* message = file->add_message_type();
    message->set_name("Line");
    int number = 0;
    for (const char* name : {"id", "payload"}) {
      pb::FieldDescriptorProto* field = message->add_field();
      field->set_name(name);
      field->set_json_name(name);
      field->set_number(++number);
      field->set_type(pb::FieldDescriptorProto::TYPE_STRING);
      field->set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
    }
    pb::FieldDescriptorProto* time = message->add_field();
    time->set_name("at");
    time->set_json_name("at");
    time->set_number(++number);
    time->set_type(pb::FieldDescriptorProto::TYPE_MESSAGE);
    time->set_type_name(".google.protobuf.Timestamp");
    time->set_label(pb::FieldDescriptorProto::LABEL_OPTIONAL);
    pb::ServiceDescriptorProto* service = file->add_service();
    service->set_name("Echo");
    for (const char* name : {"Chat", "Watch"}) {
      pb::MethodDescriptorProto* method = service->add_method();
      method->set_name(name);
      method->set_input_type(".test.Line");
      method->set_output_type(".test.Line");
      method->set_client_streaming(std::string(name) == "Chat");
      method->set_server_streaming(true);
    }
    const std::string path = (dir_ / "echo.binpb").string();
    std::ofstream out(path, std::ios::binary);
    EXPECT_TRUE(set.SerializeToOstream(&out));
    return path;
  }
  std::map<std::string, std::string> chat(const std::string& messages) {
    return {{"method", "test.Echo/Chat"},
            {"descriptor_set", echo_descriptors()},
            {"body", R"({"id":"{id}","payload":"{payload}","at":"2026-01-01T00:00:00Z"})"},
            {"messages", messages},
            {"concurrency", "2"}};
  }

  TempDir dir_;
  SteadyClock clock_;
  FakeRecorder recorder_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Source> source_;
};

TEST_F(GrpcSource, FindsAUnaryMethodByReflectionAndFillsTheTemplates) {
  Service service;
  serve(service);
  ASSERT_TRUE(start({{"messages", "200"}, {"keys", "3"}, {"concurrency", "4"}}, {{"order-id", "{id}"}}).ok());
  ASSERT_TRUE(finish());
  source_->stop();
  EXPECT_EQ(recorder_.counts().acked, 200U);
  const auto effects = service.effects();
  ASSERT_EQ(effects.size(), 200U);
  std::map<std::string, std::int64_t> next;
  for (const proto::Effect& effect : effects) EXPECT_EQ(effect.seq(), ++next[effect.key()]);
  std::map<std::string, std::string> digests;
  for (const Event& sent : recorder_.events(EventType::invoke)) digests[sent.id] = sent.digest;
  for (const proto::Effect& effect : effects) EXPECT_EQ(effect.digest(), digests[effect.id()]);
  EXPECT_TRUE(service.metadata_.starts_with("o-"));
}

TEST_F(GrpcSource, TheStatusIsTheOutcome) {
  Service service;
  serve(service);
  const std::vector<std::pair<grpc::StatusCode, std::string>> kExpected = {
      {grpc::StatusCode::OK, "ok OK"},
      {grpc::StatusCode::INVALID_ARGUMENT, "fail INVALID_ARGUMENT: why"},
      {grpc::StatusCode::NOT_FOUND, "fail NOT_FOUND: why"},
      {grpc::StatusCode::ALREADY_EXISTS, "fail ALREADY_EXISTS: why"},
      {grpc::StatusCode::PERMISSION_DENIED, "fail PERMISSION_DENIED: why"},
      {grpc::StatusCode::UNIMPLEMENTED, "fail UNIMPLEMENTED: why"},
      {grpc::StatusCode::FAILED_PRECONDITION, "fail FAILED_PRECONDITION: why"},
      {grpc::StatusCode::OUT_OF_RANGE, "fail OUT_OF_RANGE: why"},
      {grpc::StatusCode::UNAUTHENTICATED, "fail UNAUTHENTICATED: why"},
      {grpc::StatusCode::CANCELLED, "info CANCELLED: why"},
      {grpc::StatusCode::UNKNOWN, "info UNKNOWN: why"},
      {grpc::StatusCode::DEADLINE_EXCEEDED, "info DEADLINE_EXCEEDED: why"},
      {grpc::StatusCode::RESOURCE_EXHAUSTED, "info RESOURCE_EXHAUSTED: why"},
      {grpc::StatusCode::ABORTED, "info ABORTED: why"},
      {grpc::StatusCode::INTERNAL, "info INTERNAL: why"},
      {grpc::StatusCode::UNAVAILABLE, "info UNAVAILABLE: why"},
      {grpc::StatusCode::DATA_LOSS, "info DATA_LOSS: why"}};
  for (const auto& [code, expected] : kExpected) {
    service.status_ = code == grpc::StatusCode::OK ? grpc::Status::OK : grpc::Status(code, "why");
    EXPECT_EQ(outcome_of(), expected);
  }
}

TEST_F(GrpcSource, AServerThatIsGoneLeavesMessagesUnknownOrIsWaitedForWithRetries) {
  Service service;
  serve(service);
  service.held_ = true;
  ASSERT_TRUE(start({{"messages", "3"}, {"concurrency", "1"}}).ok());
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.sent >= 1; }));
  server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().info, 3U);
  source_->stop();
  server_.reset();

  FakeRecorder& recorder = recorder_;
  const std::uint64_t acked = recorder.counts().acked;
  Service again;
  serve(again);
  ASSERT_TRUE(start({{"messages", "20"}, {"rate", "100"}, {"concurrency", "1"}, {"retries", "3"}}).ok());
  ASSERT_TRUE(recorder.wait_for([&](const LiveCounts& counts) { return counts.acked >= acked + 2; }));
  server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  server_.reset();
  serve(again);
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder.counts().acked, acked + 20);
}

TEST_F(GrpcSource, AClientStreamIsAcknowledgedAsAWhole) {
  Service service;
  serve(service);
  ASSERT_TRUE(start({{"method", "stormproof.v1.Witness/ReportAll"},
                     {"messages", "1000"},
                     {"keys", "5"},
                     {"concurrency", "2"},
                     {"per_stream", "100"}})
                  .ok());
  ASSERT_TRUE(finish());
  source_->stop();
  EXPECT_EQ(recorder_.counts().acked, 1000U);
  std::map<std::string, std::int64_t> next;
  for (const proto::Effect& effect : service.effects()) EXPECT_EQ(effect.seq(), ++next[effect.key()]);
  EXPECT_EQ(service.effects().size(), 1000U);
  EXPECT_GE(service.streams_, 10);
}

TEST_F(GrpcSource, ABrokenStreamLeavesItsMessagesUnknownAndTheNextGoesOn) {
  Service service;
  service.failing_streams_ = 1;
  serve(service);
  ASSERT_TRUE(start({{"method", "stormproof.v1.Witness/ReportAll"},
                     {"messages", "20"},
                     {"concurrency", "1"},
                     {"per_stream", "10"}})
                  .ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().info, 10U);
  EXPECT_EQ(recorder_.counts().acked, 10U);
  EXPECT_EQ(recorder_.events(EventType::info)[0].detail, "INTERNAL: broken");
}

TEST_F(GrpcSource, WithRetriesAStreamsMessagesAreSentAgainWithTheSameIds) {
  Service service;
  service.failing_streams_ = 2;
  serve(service);
  ASSERT_TRUE(start({{"method", "stormproof.v1.Witness/ReportAll"},
                     {"messages", "10"},
                     {"concurrency", "1"},
                     {"retries", "2"},
                     {"backoff", "1ms"}})
                  .ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().sent, 10U);
  EXPECT_EQ(recorder_.counts().acked, 10U);
  EXPECT_EQ(service.effects().size(), 30U);
}

TEST_F(GrpcSource, AServerThatEndsAStreamEarlyAcknowledgesNothing) {
  Service service;
  service.read_at_most_ = 3;
  serve(service);
  ASSERT_TRUE(start({{"method", "stormproof.v1.Witness/ReportAll"},
                     {"messages", "1000000"},
                     {"concurrency", "1"},
                     {"rate", "500"}})
                  .ok());
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.info > 0; }));
  source_->stop();
  EXPECT_EQ(recorder_.counts().acked, 0U);
  EXPECT_EQ(recorder_.counts().info, recorder_.counts().sent);
}

TEST_F(GrpcSource, AStreamThatIsTurnedAwayDoesNotGoOnForEver) {
  Chat chat_service;
  chat_service.most = 0;
  chat_service.status = {grpc::StatusCode::UNAUTHENTICATED, "who are you"};
  serve(chat_service);
  auto text = chat("5");
  text["backoff"] = "1ms";
  ASSERT_TRUE(start(text).ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().sent, 5U);
  EXPECT_EQ(recorder_.counts().acked, 0U);
}

TEST_F(GrpcSource, ABidirectionalStreamIsAcknowledgedReplyByReply) {
  Chat chat_service;
  chat_service.most = 7;
  chat_service.status = {grpc::StatusCode::UNAVAILABLE, "draining"};
  serve(chat_service);
  auto text = chat("8");
  text["keys"] = "1";
  ASSERT_TRUE(start(text).ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().acked, 7U + 0U);
  EXPECT_EQ(recorder_.ids(EventType::info), std::vector<std::string>{"o-000008"});
  EXPECT_EQ(recorder_.events(EventType::ok)[0].detail, "reply");
}

TEST_F(GrpcSource, AFloodOverBidirectionalStreams) {
  Chat chat_service;
  serve(chat_service);
  ASSERT_TRUE(start(chat("20000")).ok());
  ASSERT_TRUE(finish());
  EXPECT_EQ(recorder_.counts().acked, 20000U);
}

TEST_F(GrpcSource, AHungServerIsGivenUpAfterTheTimeoutAndStopIsPrompt) {
  TestListener silent;
  address_ = silent.address();
  auto text = chat("3");
  text["timeout"] = "50ms";
  ASSERT_TRUE(start(text).ok());
  source_->stop();
  EXPECT_EQ(recorder_.counts().sent, recorder_.counts().info);

  text = {{"descriptor_set", echo_descriptors()}, {"method", "test.Echo/Watch"}};
  const Status started = start(text);
  ASSERT_FALSE(started.ok());
}

TEST_F(GrpcSource, WhatCannotWorkIsSaidBeforeAnythingIsSent) {
  Service service;
  serve(service);
  const std::string set = echo_descriptors();
  std::ofstream(dir_ / "junk.binpb") << "not a descriptor set";
  struct Row {
    std::map<std::string, std::string> text;
    std::string complaint;
  };
  const Row kRows[] = {
      {{{"method", "Report"}}, "'Report' does not name a gRPC method"},
      {{{"method", "stormproof.v1.Witness/Reprot"}},
       "source grpc: the gRPC service stormproof.v1.Witness has no method 'Reprot', only Report, ReportAll"},
      {{{"method", "test.Echo/Chatt"}, {"descriptor_set", set}},
       "the gRPC service test.Echo has no method 'Chatt', only Chat, Watch"},
      {{{"method", "test.Eco/Chat"}, {"descriptor_set", set}}, "there is no gRPC service 'test.Eco', only test.Echo"},
      {{{"method", "a.B/C"}, {"descriptor_set", (dir_ / "junk.binpb").string()}},
       (dir_ / "junk.binpb").string() + " is not a descriptor set"},
      {{{"method", "a.B/C"}, {"descriptor_set", (dir_ / "none").string()}},
       "cannot read the descriptor set " + (dir_ / "none").string()},
      {{{"method", "test.Echo/Watch"}, {"descriptor_set", set}, {"body", "{}"}},
       "/test.Echo/Watch is a server stream; this source sends, it does not consume"},
  };
  for (const Row& row : kRows) {
    const Status started = start(row.text);
    ASSERT_FALSE(started.ok()) << row.complaint;
    EXPECT_EQ(started.error().message, row.complaint);
  }
  const Status body = start({{"body", "{\"identity\":\"{id}\"}"}});
  ASSERT_FALSE(body.ok());
  EXPECT_TRUE(body.error().message.starts_with("the body is no stormproof.v1.Effect: ")) << body.error().message;
  const Status unknown = start({{"method", "no.Such/Method"}});
  ASSERT_FALSE(unknown.ok());
  EXPECT_TRUE(unknown.error().message.starts_with("source grpc: the server's reflection does not know no.Such"))
      << unknown.error().message;
  EXPECT_EQ(start({}, {{"Order-Id", "x"}}).error().message, "'Order-Id' cannot be the name of gRPC metadata");
  EXPECT_EQ(recorder_.counts().sent, 0U);
}

}  // namespace
}  // namespace stormproof
