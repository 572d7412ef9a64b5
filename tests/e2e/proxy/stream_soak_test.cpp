/// gRPC streaming, the stream target's server and client, through the proxy while faults come and go.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <map>

#include "harness/base/clock.h"
#include "tests/e2e/proxy/fault_weather.h"
#include "tests/support/eventually.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_socket.h"

namespace stormproof::e2e {
namespace {

constexpr int kStreams = 4;
constexpr std::size_t kMemorySlack = 8 * 1024;  // KiB

/// As targets/stream/common/digest.h describes it: FNV-1a, mixed by one step of SplitMix64.
std::string digest_of(std::string_view payload) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char byte : payload) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  hash += 0x9e3779b97f4a7c15ULL;
  hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebULL;
  hash ^= hash >> 31U;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

/// Records as they are served, and their digests by id.
std::map<std::string, std::string> write_dataset(const std::filesystem::path& file, int records) {
  std::map<std::string, std::string> digests;
  std::ofstream out(file);
  Rng rng(3);
  for (int i = 0; i < records; ++i) {
    const std::string id = "r-" + std::to_string(i);
    const std::string payload(static_cast<std::size_t>(rng.between(1, 400)), static_cast<char>('a' + i % 26));
    digests[id] = digest_of(payload);
    out << R"({"id":")" << id << R"(","key":"s-)" << i % kStreams << R"(","seq":)" << i / kStreams + 1
        << R"(,"payload":")" << payload << R"(","digest":")" << digests[id] << "\"}\n";
  }
  return digests;
}

/// What the client stored: how often each record with which digest. Empty while there is no ledger yet.
std::multimap<std::string, std::string> read_ledger(const std::string& file) {
  std::multimap<std::string, std::string> rows;
  sqlite3* database = nullptr;
  sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr);
  sqlite3_busy_timeout(database, 1000);
  sqlite3_stmt* query = nullptr;
  if (sqlite3_prepare_v2(database, "select id, digest from ledger", -1, &query, nullptr) == SQLITE_OK) {
    const auto text = [&](int column) { return reinterpret_cast<const char*>(sqlite3_column_text(query, column)); };
    while (sqlite3_step(query) == SQLITE_ROW) rows.emplace(text(0), text(1));
  }
  sqlite3_finalize(query);
  sqlite3_close(database);
  return rows;
}

std::string target(const std::string& name) { return std::string(STREAM_TARGETS) + "/" + name; }

std::string free_address() { return TestListener().address(); }

TEST(ProxySoak, GrpcStreams) {
  const TempDir directory;
  const int records = static_cast<int>(soak_seconds() * 1000) * kStreams;  // one a millisecond and stream
  const auto digests = write_dataset(directory / "dataset.jsonl", records);
  const std::string server_address = free_address();
  const Options patient{.cwd = directory.path(), .env = {}, .terminal = false, .patience = std::chrono::hours(24)};
  const Child server({target("stream-server"), "--listen=" + server_address, "--dataset=dataset.jsonl"}, patient);
  ASSERT_TRUE(eventually([&] { return TestSocket::connect(server_address).valid(); }));
  ProxyUnderTest proxy(server_address);
  const std::size_t sockets = proxy.sockets();
  const std::size_t memory = proxy.memory();
  {
    FaultWeather weather(proxy, FaultWeather::Mood::harsh, 5);
    const std::string database = directory / "ledger.db";
    const Child client({target("stream-client"), "--server=" + proxy.address(), "--db=" + database}, patient);
    const auto limit = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(60 + 20 * soak_seconds()));
    const auto stored = [&] { return read_ledger(database).size(); };
    const bool weathered = eventually([&] { return stored() >= digests.size() / 2; }, limit);
    weather.stop();
    EXPECT_TRUE(weathered) << "only " << stored() << " of " << digests.size() << " records in bad weather";
    EXPECT_TRUE(eventually([&] { return stored() >= digests.size(); }, limit)) << stored() << " of " << digests.size();
    EXPECT_GT(weather.changes(), 20);
    const auto ledger = read_ledger(database);
    EXPECT_EQ(ledger.size(), digests.size());
    EXPECT_TRUE(std::equal(digests.begin(), digests.end(), ledger.begin(), ledger.end()))
        << "a record is missing, there twice or damaged";
  }
  EXPECT_TRUE(eventually([&] { return proxy.sockets() == sockets; })) << proxy.sockets() << " sockets";
  EXPECT_LE(proxy.memory(), memory + kMemorySlack);
}

}  // namespace
}  // namespace stormproof::e2e
