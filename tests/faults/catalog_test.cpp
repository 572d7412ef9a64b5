#include "faults/catalog.h"

#include <gtest/gtest.h>

#include <set>

namespace stormproof {
namespace {

TEST(FaultCatalog, IsSortedCompleteAndDescribesItself) {
  std::string_view last;
  for (const FaultKind* kind : fault_kinds()) {
    EXPECT_LT(last, kind->info.name);
    last = kind->info.name;
    EXPECT_FALSE(kind->info.summary.empty()) << kind->info.name;
    EXPECT_NE(kind->make, nullptr) << kind->info.name;
    for (const ParamSpec& param : kind->info.params) {
      EXPECT_FALSE(param.help.empty()) << kind->info.name << '.' << param.name;
    }
  }
}

TEST(FaultCatalog, HasTheKindsOfTheIssue) {
  std::set<std::string_view> names;
  for (const FaultKind* kind : fault_kinds()) names.insert(kind->info.name);
  for (const char* name :
       {"kill", "term", "pause", "restart", "crash_loop", "oom", "latency", "blackhole", "partition", "down"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

}  // namespace
}  // namespace stormproof
