// The witnesses that targets report to, over real sockets.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <thread>

#include "harness/witnesses/catalog.h"
#include "stormproof/v1/witness.grpc.pb.h"
#include "tests/support/fake_recorder.h"
#include "tests/support/plugin_params.h"
#include "tests/support/temp_dir.h"

namespace stormproof {
namespace {

namespace proto = ::stormproof::v1;
constexpr int kFlood = 100000;

class ServiceWitness : public ::testing::Test {
 protected:
  std::string open(const WitnessKind& kind) {
    EXPECT_TRUE(kind.info.has_address);
    witness_ = kind.make({}, {"inbox", recorder_, clock_, dir_.path(), "test"});
    const Result<std::string> address = witness_->open();
    EXPECT_TRUE(address.ok());
    EXPECT_TRUE(witness_->configure(params_of(kind.info.params, {})).ok());
    EXPECT_TRUE(address->starts_with("127.0.0.1:"));
    return *address;
  }

  TempDir dir_;
  SteadyClock clock_;
  FakeRecorder recorder_;
  std::unique_ptr<Witness> witness_;
};

class GrpcWitness : public ServiceWitness {
 protected:
  void SetUp() override {
    stub_ =
        proto::Witness::NewStub(grpc::CreateChannel(open(witnesses::grpc_kind), grpc::InsecureChannelCredentials()));
  }
  std::unique_ptr<proto::Witness::Stub> stub_;
};

TEST_F(GrpcWitness, EachReportIsOneEffect) {
  proto::Effect effect;
  effect.set_id("o-1");
  effect.set_key("c");
  effect.set_seq(7);
  effect.set_has_seq(true);
  effect.set_digest("00ff");
  effect.set_by("client/0");
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    proto::Reported reported;
    ASSERT_TRUE(stub_->Report(&context, effect, &reported).ok());
    EXPECT_EQ(reported.recorded(), 1U);
  }
  const auto effects = recorder_.events(EventType::effect);
  ASSERT_EQ(effects.size(), 2U);
  EXPECT_EQ(effects[1].id, "o-1");
  EXPECT_EQ(effects[1].key, "c");
  EXPECT_EQ(effects[1].seq, 7);
  EXPECT_EQ(effects[1].digest, "00ff");
  EXPECT_EQ(effects[1].by, "client/0");
  EXPECT_TRUE(witness_->drain().ok());
}

TEST_F(GrpcWitness, WithoutASequenceOrAReporter) {
  proto::Effect effect;
  effect.set_id("o-1");
  grpc::ClientContext context;
  proto::Reported reported;
  ASSERT_TRUE(stub_->Report(&context, effect, &reported).ok());
  EXPECT_EQ(recorder_.events(EventType::effect)[0].seq, EventView::kNoSeq);
  EXPECT_EQ(recorder_.events(EventType::effect)[0].by, "inbox");
}

TEST_F(GrpcWitness, AnEffectWithoutAnIdIsRefusedAndNoted) {
  grpc::ClientContext context;
  proto::Reported reported;
  EXPECT_EQ(stub_->Report(&context, proto::Effect(), &reported).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.counts().effects, 0U);
  EXPECT_EQ(recorder_.notes("inbox"), std::vector<std::string>{"1 reports without an id were rejected"});
}

TEST_F(GrpcWitness, AFloodOverManyStreamsIsRecordedInOrder) {
  constexpr int kStreams = 40;  // far more than threads
  std::vector<std::thread> targets;
  for (int s = 0; s < kStreams; ++s) {
    targets.emplace_back([this, s] {
      grpc::ClientContext context;
      proto::Reported reported;
      const auto writer = stub_->ReportAll(&context, &reported);
      proto::Effect effect;
      effect.set_key(std::to_string(s));
      effect.set_has_seq(true);
      for (int n = 0; n < kFlood / kStreams; ++n) {
        effect.set_id(std::to_string(s) + "-" + std::to_string(n));
        effect.set_seq(n);
        ASSERT_TRUE(writer->Write(effect));
      }
      writer->WritesDone();
      ASSERT_TRUE(writer->Finish().ok());
      EXPECT_EQ(reported.recorded(), static_cast<std::uint64_t>(kFlood / kStreams));
    });
  }
  for (std::thread& target : targets) target.join();
  EXPECT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.counts().effects, static_cast<std::uint64_t>(kFlood));
  std::map<std::string, std::int64_t> next;
  for (const Event& effect : recorder_.events(EventType::effect)) EXPECT_EQ(effect.seq, next[effect.key]++);
}

TEST_F(GrpcWitness, AStreamLeftOpenDoesNotHoldUpTheEnd) {
  grpc::ClientContext context;
  proto::Reported reported;
  const auto writer = stub_->ReportAll(&context, &reported);
  proto::Effect effect;
  effect.set_id("o-1");
  ASSERT_TRUE(writer->Write(effect));
  ASSERT_TRUE(recorder_.wait_for([](const LiveCounts& counts) { return counts.effects == 1; }));
  EXPECT_TRUE(witness_->drain().ok());
  EXPECT_FALSE(writer->Finish().ok());
}

class HttpWitness : public ServiceWitness {
 protected:
  void SetUp() override {
    url_ = "http://" + open(witnesses::http_kind);
    client_ = std::make_unique<httplib::Client>(url_);
  }

  int post(const std::string& body, const httplib::Headers& headers = {}) {
    const auto result = client_->Post("/effects", headers, body, "application/json");
    EXPECT_TRUE(result) << httplib::to_string(result.error());
    if (!result) return 0;
    answer_ = result->body;
    return result->status;
  }

  std::unique_ptr<httplib::Client> client_;
  std::string url_;
  std::string answer_;
};

TEST_F(HttpWitness, TakesAnObjectAnArrayAndJsonLines) {
  EXPECT_EQ(post(R"({"id":"a","key":"k","seq":3,"digest":"00ff","by":"worker/1"})"), 200);
  EXPECT_EQ(answer_, "{\"recorded\":1}\n");
  EXPECT_EQ(post(R"([{"id":"b"},{"id":7}])"), 200);
  EXPECT_EQ(post("{\"id\":\"c\"}\n\n{\"id\":\"d\",\"extra\":{\"nested\":[1]}}\n"), 200);
  EXPECT_EQ(answer_, "{\"recorded\":2}\n");
  EXPECT_EQ(recorder_.ids(EventType::effect), (std::vector<std::string>{"a", "b", "7", "c", "d"}));
  const Event first = recorder_.events(EventType::effect)[0];
  EXPECT_EQ(first.key, "k");
  EXPECT_EQ(first.seq, 3);
  EXPECT_EQ(first.digest, "00ff");
  EXPECT_EQ(first.by, "worker/1");
  EXPECT_EQ(recorder_.events(EventType::effect)[1].by, "inbox");
}

TEST_F(HttpWitness, ARepeatedIdempotencyKeyIsCredited) {
  const httplib::Headers key = {{"Idempotency-Key", "a-1"}};
  EXPECT_EQ(post(R"({"id":"a"})", key), 200);
  EXPECT_EQ(post(R"({"id":"a"})", key), 200);
  EXPECT_EQ(answer_, "{\"recorded\":1}\n");
  EXPECT_EQ(post(R"({"id":"b"})", key), 422);
  EXPECT_EQ(answer_, "the Idempotency-Key 'a-1' was used before with another body\n");
  EXPECT_EQ(post(R"({"id":"a"})"), 200) << "without the key it counts again";
  EXPECT_EQ(recorder_.ids(EventType::effect), (std::vector<std::string>{"a", "a"}));
  const auto totals = client_->Get("/effects");
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->body, "{\"recorded\":2,\"repeated\":1,\"rejected\":1}\n");
}

TEST_F(HttpWitness, ABodyIsTakenAsAWholeOrNotAtAll) {
  struct Row {
    const char* body;
    const char* answer;
  };
  constexpr Row kRows[] = {
      {"", "the body is empty: send {\"id\":\"…\"}\n"},
      {"hello", "line 1: not JSON: 'hello'\n"},
      {"{\"id\":\"a\"}\n{\"id\":}", "line 2: not JSON: '{\"id\":}'\n"},
      {"[{\"id\":\"a\"},{}]", "element 2: \"id\" is missing or empty\n"},
      {"[1]", "element 1: not a JSON object: '1'\n"},
      {"{\"id\":\"a\",\"seq\":\"7\"}", "\"seq\" must be a whole number\n"},
      {"{\"id\":\"a\",\"seq\":1e99}", "\"seq\" must be a whole number\n"},
      {"{\"id\":\"a\",\"key\":[]}", "\"key\" must be a string\n"},
      {"{\"id\":\"a\",\"type\":\"ok\"}", "\"type\" may only be \"effect\" here\n"},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(post(row.body), 400) << row.body;
    EXPECT_EQ(answer_, row.answer);
  }
  EXPECT_EQ(recorder_.counts().effects, 0U);
  EXPECT_TRUE(witness_->drain().ok());
  EXPECT_EQ(recorder_.notes("inbox"), std::vector<std::string>{"9 malformed reports were rejected"});
}

TEST_F(HttpWitness, HostileBodies) {
  EXPECT_EQ(post(std::string(200000, '[')), 400);
  EXPECT_EQ(post("{\"id\":\"" + std::string(5000, 'x') + "\"}"), 400);
  EXPECT_EQ(answer_, "\"id\" is longer than 4096 bytes\n");
  EXPECT_EQ(post("{\"id\":\"\xff\xfe\"}"), 400);
  EXPECT_EQ(post(std::string((std::size_t{8} << 20U) + 1, 'x')), 413);
  EXPECT_EQ(client_->Get("/")->status, 404);
  EXPECT_EQ(recorder_.counts().effects, 0U);
}

TEST_F(HttpWitness, AFloodOfSingleReports) {
  constexpr int kTargets = 8;
  constexpr int kEach = 2500;
  std::vector<std::thread> targets;
  for (int t = 0; t < kTargets; ++t) {
    targets.emplace_back([this, t] {
      httplib::Client client(url_);
      client.set_keep_alive(true);
      client.set_tcp_nodelay(true);
      for (int n = 0; n < kEach; ++n) {
        const auto result =
            client.Post("/effects", "{\"id\":\"" + std::to_string(t * kEach + n) + "\"}", "application/json");
        ASSERT_TRUE(result);
        ASSERT_EQ(result->status, 200);
      }
    });
  }
  for (std::thread& target : targets) target.join();
  EXPECT_EQ(recorder_.counts().effects, static_cast<std::uint64_t>(kTargets * kEach));
}

TEST_F(HttpWitness, AFloodInBatches) {
  std::string body = "[";
  for (int n = 0; n < kFlood; ++n) body += (n > 0 ? ",{\"id\":\"" : "{\"id\":\"") + std::to_string(n) + "\"}";
  EXPECT_EQ(post(body + "]"), 200);
  EXPECT_EQ(recorder_.counts().effects, static_cast<std::uint64_t>(kFlood));
}

}  // namespace
}  // namespace stormproof
