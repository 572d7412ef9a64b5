// With the real catalogs: the reference is fresh, the lists are complete, the shipped scenarios and the template valid.
#include "harness/scenario/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "faults/catalog.h"
#include "harness/check/catalog.h"
#include "harness/model/param_text.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "harness/scenario/template.h"
#include "harness/sources/catalog.h"
#include "harness/witnesses/catalog.h"
#include "tests/support/golden.h"
#include "tests/support/test_kinds.h"

namespace stormproof {
namespace {

namespace fs = std::filesystem;

template <class Info, class Kind>
std::vector<const Info*> infos(std::span<const Kind* const> kinds) {
  std::vector<const Info*> out;
  for (const Kind* kind : kinds) out.push_back(&kind->info);
  return out;
}

const Kinds& real_kinds() {
  static const auto kFaults = infos<FaultKindInfo>(fault_kinds());
  static const auto kSources = infos<SourceKindInfo>(source_kinds());
  static const auto kWitnesses = infos<WitnessKindInfo>(witness_kinds());
  static const auto kInvariants = infos<InvariantKindInfo>(invariant_kinds());
  static const Kinds kKinds{kFaults, kSources, kWitnesses, kInvariants};
  return kKinds;
}

TEST(Reference, TheFileInTheRepositoryIsFresh) {
  expect_golden(fs::path(STORMPROOF_SOURCE_DIR) / "scenarios/REFERENCE.md", reference_markdown(real_kinds()));
}

TEST(Reference, TheDefaultsOfAllKindsFitTheirParameters) {
  const auto check = [](const KindInfo& kind) {
    for (const ParamSpec& spec : kind.params) {
      if (spec.required || spec.fallback.empty()) continue;
      const Result<ParamValue> value = parse_param(spec, spec.fallback);
      EXPECT_TRUE(value.ok()) << kind.name << "." << spec.name << ": " << (value.ok() ? "" : value.error().message);
    }
  };
  for (const FaultKindInfo* kind : real_kinds().faults) check(*kind);
  for (const SourceKindInfo* kind : real_kinds().sources) check(*kind);
  for (const WitnessKindInfo* kind : real_kinds().witnesses) check(*kind);
  for (const InvariantKindInfo* kind : real_kinds().invariants) check(*kind);
}

TEST(Template, IsValidAsItIs) {
  const ScenarioFile file = read_scenario_text("checkout.toml", new_scenario("checkout"), real_kinds(), {});
  EXPECT_TRUE(file.ok()) << render(file);
  ASSERT_EQ(file.cells.size(), 1U);
  EXPECT_EQ(file.cells[0].name, "checkout");
  EXPECT_EQ(read_scenario_text("x", new_scenario("../../etc"), real_kinds(), {}).cells.at(0).name, "my-service");
}

/// Removes the comment sign from every line that is TOML when uncommented.
TEST(Template, ItsAlternativesAreValidToo) {
  std::string text = new_scenario("checkout");
  const auto replace = [&](const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  replace("# seed      = 42", "seed = 42");
  replace("# replicas = 2", "replicas = 2");
  replace("# env      = {", "env = {");
  replace("# limits   = {", "limits = {");
  replace("# headers = {", "headers = {");
  replace("# [witness.effects]", "[witness.effects]");
  replace("# kind = \"http\"", "kind = \"http\"");
  replace("# [witness.output]", "[witness.output]");
  replace("# kind    = \"log\"", "kind = \"log\"");
  replace("# target  = \"service\"", "target = \"service\"");
  replace("# pattern =", "pattern =");
  replace("# in_order ", "in_order ");
  replace("# recovery ", "recovery ");
  replace("# [matrix]\n# ", "[matrix]\n");
  replace("# [[expect]]\n# messages  = 1000\n# verdict   = \"fail\" ",
          "[[expect]]\nmessages = 1000\nverdict = \"fail\" ");
  replace("# anomalies =", "anomalies =");
  replace("# [[faults]]\n# kind    = \"latency\"\n# link    = \"api\"\n# latency = \"50ms\"\n# when    =",
          "[[faults]]\nkind = \"latency\"\nlink = \"api\"\nlatency = \"50ms\"\nwhen =");
  replace("# for     = \"2s\"", "for = \"2s\"");
  const ScenarioFile file = read_scenario_text("checkout.toml", text, real_kinds(), {});
  EXPECT_TRUE(file.ok()) << render(file);
  EXPECT_EQ(file.cells.size(), 2U);
}

TEST(Scenarios, EveryShippedOneIsValid) {
  std::size_t seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(STORMPROOF_SOURCE_DIR) / "scenarios")) {
    if (entry.path().extension() != ".toml") continue;
    const ScenarioFile file = read_scenario_file(entry.path(), real_kinds(), {});
    EXPECT_TRUE(file.ok()) << render(file);
    ++seen;
  }
  EXPECT_GT(seen, 0U);
}

/// What the parser says it knows in a table, from its answer to a key that is like no other.
std::vector<std::string> known_keys(const std::string& scenario) {
  const ScenarioFile file = read_scenario_text("probe.toml", scenario, test_kinds(), {});
  for (const Diagnostic& diagnostic : file.diagnostics) {
    constexpr std::string_view kPrefix = "known: ";
    if (diagnostic.message.find("'qqqqqqqqqqqq'") == std::string::npos) continue;
    std::vector<std::string> keys;
    std::string word;
    for (const char c : diagnostic.suggestion.substr(kPrefix.size()) + ',') {
      if (c == ',') keys.push_back(std::exchange(word, {}));
      if (c != ',' && c != ' ') word += c;
    }
    return keys;
  }
  ADD_FAILURE() << "no such diagnostic:\n" << render(file);
  return {};
}

TEST(Reference, DocumentsExactlyTheKeysTheParserKnows) {
  const std::string odd = "qqqqqqqqqqqq = 1\n";
  const std::string a = "[targets.a]\ncommand = [\"true\"]\n";
  const auto inline_table = [](const std::string& key, const std::string& rest) {
    return "[targets.a]\ncommand = [\"true\"]\n" + key + " = { " + rest + ", qqqqqqqqqqqq = 1 }\n";
  };
  const std::map<std::string_view, std::string> probes = {
      {"The scenario", odd},
      {"[targets.NAME]", a + odd},
      {"ready", inline_table("ready", "log = \"x\"")},
      {"backoff", inline_table("backoff", "max = \"3s\"")},
      {"limits", inline_table("limits", "files = 10")},
      {"[links.NAME]", "[links.l]\n" + odd},
      {"[source]", "[source]\nkind = \"dataset\"\n" + odd},
      {"[witness.NAME]", "[witness.w]\nkind = \"http\"\n" + odd},
      {"[[faults]]", "[[faults]]\nkind = \"partition\"\n" + odd},
      {"when, until", "[[faults]]\nkind = \"kill\"\nwhen = { at = \"1s\", qqqqqqqqqqqq = 1 }\n"},
      {"[[expect]]", "[[expect]]\n" + odd},
      {"[explore]", "[explore]\n" + odd},
      {"[[explore.faults]]", "[[explore.faults]]\nkind = \"blackhole\"\n" + odd},
      {"[found]", "[found]\n" + odd},
  };
  for (const TableDoc& table : table_docs()) {
    const auto probe = probes.find(table.title);
    if (probe == probes.end()) {
      EXPECT_TRUE(table.keys.empty()) << table.title << " has keys but no probe";
      continue;
    }
    SCOPED_TRACE(std::string(table.title));
    std::vector<std::string> documented;
    for (const KeyDoc& doc : table.keys) documented.emplace_back(doc.key);
    if (table.title == "The scenario") {
      for (const char* other : {"params", "targets", "links", "source", "witness", "faults", "invariants", "matrix",
                                "expect", "explore", "found"}) {
        documented.emplace_back(other);
      }
    }
    if (table.title == "[source]") documented.insert(documented.end(), {"payload", "records"});
    std::sort(documented.begin(), documented.end());
    EXPECT_EQ(known_keys(probe->second), documented);
  }
}

TEST(Lists, NameEachKindInOneLineAndItsParametersWhenVerbose) {
  EXPECT_EQ(list_kinds(test_kinds(), "sources", false),
            "dataset  records in a file\n"
            "http     POSTs messages\n");
  EXPECT_EQ(list_kinds(test_kinds(), "invariants", true),
            "exactly_once   each message once\n"
            "graceful_stop  clean exit after SIGTERM\n"
            "in_order       order per key\n"
            "    by  what is ordered (one of key, stream, default key)\n"
            "recovery       soon after a heal\n"
            "    within  bound (duration, required)\n"
            "    share   of the heals (probability, default 1)\n");
  EXPECT_EQ(list_kinds(test_kinds(), "frogs", false), "");
  EXPECT_FALSE(list_kinds(real_kinds(), "faults", true).empty());
  EXPECT_FALSE(list_kinds(real_kinds(), "witnesses", true).empty());
}

std::string judged(const std::string& query) {
  const std::string text =
      "name = \"q\"\n[targets.t]\ncommand = [\"sleep\", \"1\"]\n[source]\nkind = \"dataset\"\nrecords = 10\n"
      "[witness.store]\nkind = \"sqlite\"\npath = \"{shared}/x.db\"\nquery = \"" +
      query + "\"\n";
  return render(read_scenario_text("q.toml", text, real_kinds(), {}));
}

TEST(SqliteQuery, MustYieldTheNamedColumnsBeforeAnythingIsStarted) {
  EXPECT_EQ(judged("select id, key, seq, digest from ledger order by rowid"), "");
  EXPECT_EQ(judged("select l.id, p.key from ledger l join places p on p.id = l.id"), "");
  EXPECT_THAT(judged("select key, seq from ledger"),
              ::testing::HasSubstr("q.toml:10:9: error: the query does not work"));
  EXPECT_THAT(judged("select id frm ledger"), ::testing::HasSubstr("q.toml:10:9: error: the query does not work"));
  EXPECT_THAT(judged("delete from ledger"), ::testing::HasSubstr("it must be a select"));
}

}  // namespace
}  // namespace stormproof
