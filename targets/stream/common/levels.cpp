#include "targets/stream/common/levels.h"

#include <string>
#include <utility>

#include "targets/stream/common/options.h"

namespace streams {
namespace {

constexpr std::pair<std::string_view, Level> kLevels[] = {
    {"naive", Level::naive},       {"tolerant", Level::tolerant},       {"resumable", Level::resumable},
    {"graceful", Level::graceful}, {"recoverable", Level::recoverable},
};

constexpr std::pair<std::string_view, Bug> kBugs[] = {
    {"none", Bug::none},
    {"offset_before_data", Bug::offset_before_data},
    {"two_transactions", Bug::two_transactions},
    {"resume_at", Bug::resume_at},
    {"resume_skip", Bug::resume_skip},
    {"ack_on_receipt", Bug::ack_on_receipt},
    {"upsert_ledger", Bug::upsert_ledger},
    {"double_recovery", Bug::double_recovery},
    {"handover_before_store", Bug::handover_before_store},
    {"shutdown_order", Bug::shutdown_order},
    {"poison_blocks", Bug::poison_blocks},
    {"no_fencing", Bug::no_fencing},
    {"give_up", Bug::give_up},
    {"drop_when_full", Bug::drop_when_full},
    {"store_bad", Bug::store_bad},
};

template <class Table>
auto look_up(const Table& table, std::string_view option, std::string_view word) {
  std::string known;
  for (const auto& [name, value] : table) {
    if (name == word) return value;
    known += known.empty() ? "" : ", ";
    known += name;
  }
  usage_error("--" + std::string(option) + "=" + std::string(word) + ": unknown; one of " + known);
}

}  // namespace

Level level_from(std::string_view word) { return look_up(kLevels, "level", word); }
Bug bug_from(std::string_view word) { return look_up(kBugs, "bug", word); }

}  // namespace streams
