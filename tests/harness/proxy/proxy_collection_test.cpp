#include "harness/proxy/proxy_collection.h"

#include <gtest/gtest.h>

#include "harness/proxy/api_router.h"
#include "tests/harness/proxy/recorded_kinds.h"
#include "tests/support/fake_link_host.h"

namespace stormproof {
namespace {

class Collection : public ::testing::Test {
 protected:
  int ask(const std::string& method, const std::string& target, const std::string& body = {}) {
    last_ = answer({method, target, "test", body}, proxies_);
    return last_.status;
  }
  const QuietFault& armed(const std::string& link, std::size_t index) {
    return dynamic_cast<const QuietFault&>(*host_.all.at(link).armed.at(index).fault);
  }

  FakeLinkHost host_;
  ToxicKinds kinds_{recorded_kinds()};
  ProxyCollection proxies_{host_, kinds_, 7};
  HttpReply last_;
};

constexpr const char* kWeb = R"({"name":"web","listen":"127.0.0.1:3001","upstream":"127.0.0.1:1"})";
constexpr const char* kWebWithToxics = R"({"name":"web","listen":"127.0.0.1:3001","upstream":"127.0.0.1:1",)"
                                       R"("toxics":[{"type":"latency"},{"type":"timeout","stream":"upstream"}]})";

TEST_F(Collection, ToxicsAreInForceBeforeAProxyListens) {
  ASSERT_EQ(ask("POST", "/proxies", kWebWithToxics), 201);
  EXPECT_EQ(host_.all.at("web").armed.size(), 2U);
  EXPECT_EQ(host_.all.at("web").armed[1].direction, Direction::upstream);
  EXPECT_FALSE(host_.all.at("web").accepted_before_armed);
}

TEST_F(Collection, AnUpdateTakesThePlaceOfTheFaultAndAdoptsWhatItKnew) {
  ask("POST", "/proxies", kWebWithToxics);
  const std::shared_ptr<LinkFault> before = host_.all.at("web").armed[0].fault;
  ASSERT_EQ(ask("PATCH", "/proxies/web/toxics/latency_downstream", R"({"attributes":{"latency":5}})"), 200);
  EXPECT_NE(&armed("web", 0), before.get());
  EXPECT_EQ(armed("web", 0).adopted, before.get());
  EXPECT_EQ(armed("web", 0).planned.stream, dynamic_cast<const QuietFault&>(*before).planned.stream);
}

TEST_F(Collection, DisablingKeepsTheFaultsMovingMakesThemAnew) {
  ask("POST", "/proxies", kWebWithToxics);
  const std::shared_ptr<LinkFault> before = host_.all.at("web").armed[0].fault;
  ASSERT_EQ(ask("PATCH", "/proxies/web", R"({"enabled":false})"), 200);
  EXPECT_EQ(host_.all.at("web").listen, "");
  EXPECT_EQ(&armed("web", 0), before.get());
  ASSERT_EQ(ask("PATCH", "/proxies/web", R"({"enabled":true,"listen":"127.0.0.1:3002"})"), 200);
  EXPECT_EQ(host_.all.at("web").listen, "127.0.0.1:3002");
  EXPECT_FALSE(host_.all.at("web").accepted_before_armed);
  EXPECT_NE(&armed("web", 0), before.get());
}

TEST_F(Collection, ChanceFollowsFromSeedAndNamesAlone) {
  ask("POST", "/proxies", kWebWithToxics);
  FakeLinkHost other_host;
  ProxyCollection other(other_host, kinds_, 7);
  answer({"POST", "/proxies", "", R"({"name":"first","upstream":"127.0.0.1:1"})"}, other);
  answer({"POST", "/proxies", "", kWeb}, other);
  answer({"POST", "/proxies/web/toxics", "", R"({"type":"slicer"})"}, other);
  answer({"POST", "/proxies/web/toxics", "", R"({"type":"latency"})"}, other);
  const auto& same = dynamic_cast<const QuietFault&>(*other_host.all.at("web").armed[1].fault);
  EXPECT_EQ(same.planned.stream, armed("web", 0).planned.stream);
  EXPECT_NE(armed("web", 0).planned.stream, armed("web", 1).planned.stream);
  FakeLinkHost third_host;
  ProxyCollection third(third_host, kinds_, 8);
  answer({"POST", "/proxies", "", kWebWithToxics}, third);
  EXPECT_NE(dynamic_cast<const QuietFault&>(*third_host.all.at("web").armed[0].fault).planned.stream,
            armed("web", 0).planned.stream);
}

TEST_F(Collection, ARefusedProxyLeavesNothingBehind) {
  host_.taken.insert("127.0.0.1:3001");
  EXPECT_EQ(ask("POST", "/proxies", kWebWithToxics), 500);
  EXPECT_TRUE(host_.all.empty());
  EXPECT_EQ(ask("GET", "/proxies/web"), 404);
  host_.taken.clear();
  EXPECT_EQ(ask("POST", "/proxies", kWebWithToxics), 201);
}

TEST_F(Collection, APopulateThatReplacesGivesThePortBackFirst) {
  ask("POST", "/proxies", kWebWithToxics);
  ASSERT_EQ(ask("POST", "/populate", R"([{"name":"web","listen":"127.0.0.1:3001","upstream":"127.0.0.1:2"}])"), 201);
  EXPECT_EQ(host_.all.at("web").listen, "127.0.0.1:3001");
  EXPECT_TRUE(host_.all.at("web").armed.empty());
}

TEST_F(Collection, TheLinksOfARunAreDisabledByDownAndKeepTheirPorts) {
  ASSERT_TRUE(host_.open("feed", {.listen = "127.0.0.1:5000", .upstream = "127.0.0.1:1"}).ok());
  std::vector<std::string> pokes;
  {
    ProxyCollection given(host_, kinds_, 7);
    given.adopt("feed", "127.0.0.1:5000", "server:grpc");
    given.on_poke = [&](const Poke& poke) {
      const char* words[] = {"injected", "changed", "healed"};
      pokes.push_back(std::string(words[static_cast<int>(poke.what)]) + ' ' + poke.fault + ' ' +
                      std::to_string(poke.hits));
    };
    EXPECT_EQ(answer({"PATCH", "/proxies/feed", "", R"({"enabled":false})"}, given).status, 200);
    EXPECT_EQ(host_.all.at("feed").down, 1);
    EXPECT_EQ(host_.all.at("feed").listen, "127.0.0.1:5000");
    EXPECT_EQ(answer({"POST", "/proxies/feed/toxics", "", R"({"type":"latency"})"}, given).status, 200);
    EXPECT_EQ(answer({"PATCH", "/proxies/feed/toxics/latency_downstream", "", "{}"}, given).status, 200);
    EXPECT_EQ(answer({"DELETE", "/proxies/feed", "", ""}, given).status, 403);
    EXPECT_EQ(answer({"POST", "/reset", "", ""}, given).status, 204);
    EXPECT_EQ(host_.all.at("feed").down, 0);
    EXPECT_TRUE(host_.all.at("feed").armed.empty());
  }
  EXPECT_EQ(pokes,
            (std::vector<std::string>{"injected down 0", "injected latency_downstream 0",
                                      "changed latency_downstream 0", "healed down 0", "healed latency_downstream 6"}));
  EXPECT_TRUE(host_.all.contains("feed"));
}

TEST_F(Collection, MetricsSpeakToxiproxysNamesAndOurs) {
  ask("POST", "/proxies", R"({"name":"a\"b\\c\nd","listen":"127.0.0.1:3001","upstream":"127.0.0.1:1"})");
  ask("POST", "/proxies/a%22b%5Cc%0Ad/toxics", R"({"type":"latency","name":"slow"})");
  host_.counted.upstream_received = 11;
  host_.counted.downstream_bytes = 12;
  host_.counted.connections = 3;
  host_.counted.open = 2;
  host_.counted.held = {1, 2};
  host_.counted.held.back() = 4;
  host_.counted.held_time = std::chrono::milliseconds(2500);
  ASSERT_EQ(ask("GET", "/metrics"), 200);
  EXPECT_EQ(last_.content_type, "text/plain; version=0.0.4; charset=utf-8");
  const std::string labels = R"(listener="127.0.0.1:3001",proxy="a\"b\\c\nd",upstream="127.0.0.1:1")";
  for (const std::string& line :
       {"toxiproxy_proxy_received_bytes_total{direction=\"upstream\"," + labels + "} 11\n",
        "toxiproxy_proxy_sent_bytes_total{direction=\"downstream\"," + labels + "} 12\n",
        "stormproof_proxy_connections_total{" + labels + "} 3\n",
        "stormproof_proxy_connections_open{" + labels + "} 2\n",
        std::string(
            R"(stormproof_toxic_hits_total{proxy="a\"b\\c\nd",stream="downstream",toxic="slow",type="latency"} 3)") +
            "\n",
        "stormproof_proxy_added_latency_seconds_bucket{" + labels + ",le=\"5e-05\"} 3\n",
        "stormproof_proxy_added_latency_seconds_bucket{" + labels + ",le=\"+Inf\"} 7\n",
        "stormproof_proxy_added_latency_seconds_sum{" + labels + "} 2.5\n",
        "stormproof_proxy_added_latency_seconds_count{" + labels + "} 7\n"}) {
    EXPECT_NE(last_.body.find(line), std::string::npos) << line << last_.body;
  }
}

}  // namespace
}  // namespace stormproof
