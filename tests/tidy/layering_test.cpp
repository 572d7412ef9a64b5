#include "tests/tidy/layering.h"

#include <gtest/gtest.h>

namespace stormproof::tidy {
namespace {

std::string findings_for(std::string path, std::string text) {
  return render(check_layering({{std::move(path), std::move(text)}}));
}

TEST(Layering, TheTreeKeepsIt) { EXPECT_EQ(render(check_layering(read_tree(STORMPROOF_SOURCE_DIR))), ""); }

TEST(Layering, AFaultThatIncludesAReportIsFound) {
  EXPECT_EQ(findings_for("faults/process/kill.cpp", "\n#include \"reports/html.h\"\n"),
            "faults/process/kill.cpp:2: includes reports/html.h; faults may include harness/base, harness/model, "
            "harness/api: move the code down or pass the value in\n");
}

TEST(Layering, ArrowsGoOneWay) {
  EXPECT_NE(findings_for("harness/base/a.h", "#include \"harness/model/event.h\"\n"), "");
  EXPECT_NE(findings_for("harness/model/a.h", "#include \"harness/api/fault.h\"\n"), "");
  EXPECT_NE(findings_for("harness/sources/a.cpp", "#include \"harness/witnesses/b.h\"\n"), "");
  EXPECT_NE(findings_for("harness/check/a.cpp", "#include \"harness/run/b.h\"\n"), "");
  EXPECT_NE(findings_for("harness/run/a.cpp", "#include \"faults/catalog.h\"\n"), "");
  EXPECT_NE(findings_for("harness/cli/cmd_run.cpp", "#include \"faults/catalog.h\"\n"), "");
  EXPECT_NE(findings_for("reports/a.cpp", "#include \"harness/check/b.h\"\n"), "");
  EXPECT_NE(findings_for("targets/stream/a.cpp", "#include \"harness/base/fd.h\"\n"), "");
  EXPECT_NE(findings_for("harness/base/a.cpp", "#include \"tests/support/golden.h\"\n"), "");

  EXPECT_EQ(findings_for("harness/run/a.cpp", "#include \"harness/check/b.h\"\n"), "");
  EXPECT_EQ(findings_for("harness/cli/catalog.cpp", "#include \"faults/catalog.h\"\n"), "");
  EXPECT_EQ(findings_for("reports/a.cpp", "#include \"harness/history/reader.h\"\n"), "");
  EXPECT_EQ(findings_for("tests/e2e/a.cpp", "#include \"reports/catalog.h\"\n"), "");
}

TEST(Layering, AFolderNameIsNotAPrefixOfAnother) {
  EXPECT_NE(findings_for("harness/plan/a.cpp", "#include \"harness/modelling/b.h\"\n"), "");
}

TEST(Layering, HeavyHeadersStayBehindTheirFence) {
  EXPECT_EQ(findings_for("harness/run/a.cpp", "#include <spdlog/spdlog.h>\n"),
            "harness/run/a.cpp:1: includes spdlog/spdlog.h; only harness/base/log.cpp may: go through what those "
            "offer\n");
  EXPECT_NE(findings_for("harness/run/a.cpp", "#include <CLI/CLI.hpp>\n"), "");
  EXPECT_NE(findings_for("harness/scenario/parser.cpp", "#include <toml++/toml.h>\n"), "");
  EXPECT_NE(findings_for("harness/supervise/supervisor.cpp", "#include <boost/process/v2.hpp>\n"), "");
  EXPECT_NE(findings_for("harness/plan/a.cpp", "#include <rapidcheck.h>\n"), "");
  EXPECT_NE(findings_for("harness/check/a.cpp", "#include \"stormproof/v1/witness.pb.h\"\n"), "");

  EXPECT_EQ(findings_for("harness/supervise/spawn.cpp", "#include <boost/process/v2.hpp>\n"), "");
  EXPECT_EQ(findings_for("harness/witnesses/grpc.cpp", "#include \"stormproof/v1/witness.grpc.pb.h\"\n"), "");
}

TEST(Layering, AHeavyHeaderInAHeaderIsFound) {
  EXPECT_EQ(findings_for("harness/witnesses/grpc.h", "#include <grpcpp/grpcpp.h>\n"),
            "harness/witnesses/grpc.h:1: a header includes grpcpp/grpcpp.h; include it in the .cpp and hold it behind "
            "a pointer\n");
  EXPECT_NE(findings_for("reports/json.h", "#include <nlohmann/json.hpp>\n"), "");
  EXPECT_NE(findings_for("harness/witnesses/sqlite.h", "#include <sqlite3.h>\n"), "");
  EXPECT_NE(findings_for("harness/supervise/a.h", "#include \"stormproof/v1/lifecycle.grpc.pb.h\"\n"), "");
  EXPECT_EQ(findings_for("targets/stream/a.h", "#include \"stream.grpc.pb.h\"\n"), "");
}

TEST(Layering, AnUnknownThirdPartyIsAskedForItsReason) {
  EXPECT_NE(findings_for("harness/run/a.cpp", "#include <absl/strings/str_cat.h>\n"), "");
  EXPECT_EQ(findings_for("harness/run/a.cpp", "#include <sys/epoll.h>\n#include <vector>\n"), "");
}

}  // namespace
}  // namespace stormproof::tidy
