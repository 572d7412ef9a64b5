/// stream-server and stream-client alone: what they say to bad arguments, and that they come and go quickly.
#include <gtest/gtest.h>

#include <csignal>

#include "tests/e2e/support/child.h"
#include "tests/support/temp_dir.h"

namespace stormproof::e2e {
namespace {

Ran run_target(const std::string& program, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), std::string(STREAM_TARGETS) + "/" + program);
  Child child(arguments);
  return child.wait();
}

TEST(StreamTarget, NamesWhatItDoesNotKnow) {
  const struct {
    const char* program;
    std::vector<std::string> arguments;
    const char* message;
  } rows[] = {
      {"stream-client", {"--sever=x"}, "stream-client: error: unknown argument '--sever=x'; --help lists them\n"},
      {"stream-client", {"word"}, "stream-client: error: unknown argument 'word'; --help lists them\n"},
      {"stream-client", {"--db=x"}, "stream-client: error: --server=... is required; --help lists all options\n"},
      {"stream-client",
       {"--server=x", "--db=x", "--level=best"},
       "stream-client: error: --level=best: unknown; one of naive, tolerant, resumable, graceful, recoverable\n"},
      {"stream-client", {"--server=x", "--db=x", "--self=me"}, "stream-client: error: --self=me: not NAME/INDEX\n"},
      {"stream-client",
       {"--server=x", "--db=/no/such/directory/x"},
       "stream-client: error: /no/such/directory/x: unable to open database file\n"},
      {"stream-server",
       {"--listen=127.0.0.1:0", "--dataset=/no/such/file"},
       "stream-server: error: cannot read the dataset /no/such/file\n"},
      {"stream-server",
       {"--listen=127.0.0.1:0", "--dataset=/dev/null", "--pace=fast"},
       "stream-server: error: --pace=fast: not a duration such as 200us, 5ms or 1s\n"},
  };
  for (const auto& row : rows) {
    const Ran ran = run_target(row.program, row.arguments);
    EXPECT_EQ(ran.err, row.message);
    EXPECT_EQ(ran.out, "");
    EXPECT_NE(ran.exit_code, 0) << row.message;
  }
}

TEST(StreamTarget, EveryBugIsInItsHelpPage) {
  const Ran ran = run_target("stream-client", {"--help"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_NE(ran.out.find("--bug"), std::string::npos) << ran.out;
  const Ran unknown = run_target("stream-client", {"--server=x", "--db=x", "--bug=typo"});
  EXPECT_EQ(unknown.exit_code, 2);
  for (const char* bug :
       {"offset_before_data", "two_transactions", "resume_at", "resume_skip", "ack_on_receipt", "upsert_ledger",
        "double_recovery", "handover_before_store", "shutdown_order", "poison_blocks", "no_fencing"}) {
    EXPECT_NE(unknown.err.find(bug), std::string::npos) << bug;
  }
}

TEST(StreamTarget, LeavesWithStatusZeroWhenAsked) {
  const TempDir dir;
  const std::string bin = STREAM_TARGETS;
  Child server({bin + "/stream-server", "--listen=127.0.0.1:0", "--dataset=/dev/null"});
  ASSERT_TRUE(server.wait_for("serving on port"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait().exit_code, 0);
  // One that cannot reach its server must leave as readily as one that is done.
  for (const char* level : {"naive", "graceful", "recoverable"}) {
    Child client({bin + "/stream-client", "--server=127.0.0.1:1", "--db=" + (dir / level).string(),
                  std::string("--level=") + level});
    ASSERT_TRUE(client.wait_for("replica client/0")) << level;
    client.signal(SIGTERM);
    EXPECT_EQ(client.wait().exit_code, 0) << level;
  }
}

}  // namespace
}  // namespace stormproof::e2e
