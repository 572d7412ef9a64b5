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
    {"ids_in_memory", Bug::ids_in_memory},
    {"batch_ack_first", Bug::batch_ack_first},
    {"position_late", Bug::position_late},
    {"dedupe_window", Bug::dedupe_window},
    {"retry_new_id", Bug::retry_new_id},
    {"two_handlers", Bug::two_handlers},
    {"stale_retry", Bug::stale_retry},
    {"page_boundary", Bug::page_boundary},
    {"budget_never_refilled", Bug::budget_never_refilled},
    {"refused_is_end", Bug::refused_is_end},
    {"reset_counts_record", Bug::reset_counts_record},
    {"clean_stop_is_end", Bug::clean_stop_is_end},
    {"list_gives_up", Bug::list_gives_up},
    {"finish_on_receipt", Bug::finish_on_receipt},
    {"restart_from_start", Bug::restart_from_start},
    {"recover_from_start", Bug::recover_from_start},
    {"recover_first_only", Bug::recover_first_only},
    {"one_death_only", Bug::one_death_only},
    {"late_watcher", Bug::late_watcher},
    {"oom_not_recovered", Bug::oom_not_recovered},
    {"lease_never_expires", Bug::lease_never_expires},
    {"lease_not_renewed", Bug::lease_not_renewed},
    {"fence_by_owner", Bug::fence_by_owner},
    {"handover_received", Bug::handover_received},
    {"handover_first_only", Bug::handover_first_only},
    {"handover_acked_on_take", Bug::handover_acked_on_take},
    {"taken_twice", Bug::taken_twice},
    {"stop_as_error", Bug::stop_as_error},
    {"no_digest_check", Bug::no_digest_check},
    {"skip_one_more", Bug::skip_one_more},
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
