#include "tests/e2e/proxy/proxy_under_test.h"

#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace stormproof::e2e {
namespace {

namespace fs = std::filesystem;

/// What stands between `before` and `after`.
std::string between(const std::string& text, const std::string& before, const std::string& after) {
  const std::size_t start = text.find(before);
  if (start == std::string::npos) return {};
  const std::size_t begin = start + before.size();
  return text.substr(begin, text.find(after, begin) - begin);
}

}  // namespace

ProxyUnderTest::ProxyUnderTest(const std::string& upstream, const std::string& listen)
    : child_(stormproof({"proxy", "--listen", listen, "--upstream", upstream, "--api", "127.0.0.1:0", "--seed", "7"}),
             {.cwd = {}, .env = {}, .terminal = false, .patience = std::chrono::hours(24)}) {
  child_.wait_for("api http://127.0.0.1:");
  const std::string& said = child_.out();
  address_ = between(said, "proxy proxy: ", " -> ");
  api_port_ = std::atoi(between(said, "api http://127.0.0.1:", "\n").c_str());
}

int ProxyUnderTest::port() const { return std::atoi(address_.c_str() + address_.rfind(':') + 1); }

void ProxyUnderTest::kill() {
  child_.signal(SIGKILL);
  child_.wait();
}

ProxyUnderTest::Reply ProxyUnderTest::call(const std::string& method, const std::string& path,
                                           const std::string& body) const {
  httplib::Client client("127.0.0.1", api_port_);
  client.set_read_timeout(20);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  const httplib::Result result = client.send(request);
  if (!result) return {};
  return {result->status, result->body};
}

void ProxyUnderTest::add(const std::string& name, const std::string& type, const std::string& stream,
                         const std::string& attributes, double toxicity) const {
  const std::string body = R"({"name":")" + name + R"(","type":")" + type + R"(","stream":")" + stream +
                           R"(","toxicity":)" + std::to_string(toxicity) + R"(,"attributes":)" + attributes + "}";
  const Reply reply = call("POST", "/proxies/proxy/toxics", body);
  EXPECT_EQ(reply.status, 200) << body << "\n" << reply.body;
}

void ProxyUnderTest::remove(const std::string& name) const {
  const Reply reply = call("DELETE", "/proxies/proxy/toxics/" + name);
  EXPECT_EQ(reply.status, 204) << name << "\n" << reply.body;
}

std::size_t ProxyUnderTest::sockets() const { return descriptors("socket:"); }

std::size_t ProxyUnderTest::pipes() const { return descriptors("pipe:"); }

std::size_t ProxyUnderTest::descriptors(std::string_view kind) const {
  std::size_t count = 0;
  std::error_code gone;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid()) + "/fd", gone)) {
    if (fs::read_symlink(entry.path(), gone).string().starts_with(kind)) ++count;
  }
  return count;
}

std::size_t ProxyUnderTest::memory() const {
#ifdef __SANITIZE_ADDRESS__
  return 0;
#endif
  std::ifstream status("/proc/" + std::to_string(pid()) + "/status");
  std::size_t kib = 0;
  for (std::string word; status >> word;) {
    if (word == "RssAnon:") status >> kib;
  }
  return kib;
}

double soak_seconds() {
  const char* wanted = std::getenv("STORMPROOF_SOAK_SECONDS");
  return wanted == nullptr ? 3 : std::atof(wanted);
}

}  // namespace stormproof::e2e
