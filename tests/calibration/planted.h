/// Every planted bug with the scenario that is meant to catch it.
#pragma once

#include <array>

namespace stormproof::calibration {

struct Planted {
  const char* bug;
  const char* scenario;  ///< file name below scenarios/stream, without .toml
  const char* level;
  const char* anomaly;              ///< one that must be among those found
  int faults = 1;                   ///< how many faults it takes, in the right order; 0: it shows in peace
  const char* explore = "explore";  ///< the scenario to explore: one that has what the bug is about
};

inline constexpr std::array kPlanted = {
    Planted{"offset_before_data", "client-killed", "recoverable", "lost"},
    Planted{"two_transactions", "client-killed", "recoverable", "duplicate"},
    Planted{"resume_at", "link-cut", "resumable", "duplicate"},
    Planted{"resume_skip", "link-cut", "resumable", "lost"},
    Planted{"ack_on_receipt", "client-killed", "recoverable", "lost"},
    Planted{"upsert_ledger", "link-cut-calls", "resumable", "duplicate", 1, "link-cut-calls"},
    Planted{"double_recovery", "client-killed", "recoverable", "duplicate"},
    Planted{"handover_before_store", "client-terminated", "graceful", "duplicate"},
    Planted{"shutdown_order", "client-terminated", "graceful", "lost"},
    Planted{"poison_blocks", "poison-record-client", "recoverable", "lost", 0, "poison-record-client"},
    Planted{"poison_blocks", "poison-record-server", "recoverable", "lost", 0, "poison-record-server"},
    Planted{"no_fencing", "client-paused", "recoverable", "duplicate", 1, "client-paused"},
    Planted{"give_up", "link-cut", "resumable", "lost"},
    Planted{"drop_when_full", "no-fault", "recoverable", "lost", 0},
    Planted{"store_bad", "bad-record", "tolerant", "aborted_read", 0, "bad-record"},
    Planted{"ids_in_memory", "client-killed", "recoverable", "duplicate"},
    Planted{"batch_ack_first", "client-killed", "recoverable", "lost"},
    Planted{"position_late", "client-killed", "recoverable", "duplicate"},
    Planted{"dedupe_window", "link-cut-late", "resumable", "duplicate"},
    Planted{"retry_new_id", "link-cut", "resumable", "phantom"},
    Planted{"two_handlers", "no-fault", "recoverable", "reordered", 0},
    Planted{"stale_retry", "link-flaps", "resumable", "duplicate", 2},
    Planted{"page_boundary", "link-flaps", "resumable", "duplicate"},
    Planted{"budget_never_refilled", "link-flaps", "resumable", "lost", 6},
    Planted{"refused_is_end", "link-cut", "resumable", "lost"},
    Planted{"reset_counts_record", "link-cut", "resumable", "lost"},
    Planted{"clean_stop_is_end", "server-terminated", "resumable", "lost"},
    Planted{"list_gives_up", "down-then-killed", "recoverable", "lost", 2, "down-then-killed"},
    Planted{"finish_on_receipt", "client-killed-late", "recoverable", "lost"},
    Planted{"restart_from_start", "one-of-two-returns", "recoverable", "duplicate", 2},
    Planted{"recover_from_start", "client-killed", "recoverable", "duplicate"},
    Planted{"recover_first_only", "clients-lost", "recoverable", "lost", 1, "clients-lost"},
    Planted{"one_death_only", "clients-lost", "recoverable", "lost", 2, "clients-lost"},
    Planted{"late_watcher", "one-of-two-returns", "recoverable", "lost", 2, "one-of-two-returns"},
    Planted{"oom_not_recovered", "client-oom", "recoverable", "lost", 1, "client-oom"},
    Planted{"lease_never_expires", "client-silent", "recoverable", "lost", 1, "client-silent"},
    Planted{"lease_not_renewed", "link-cut-leased", "recoverable", "duplicate", 1, "link-cut-leased"},
    Planted{"fence_by_owner", "pauses-in-turn", "recoverable", "duplicate", 3, "pauses-in-turn"},
    Planted{"handover_received", "client-terminated", "graceful", "lost"},
    Planted{"handover_first_only", "client-terminated", "graceful", "duplicate"},
    Planted{"handover_acked_on_take", "rolling-restart", "graceful", "lost", 2},
    Planted{"taken_twice", "clients-terminated-many", "graceful", "duplicate", 1, "clients-terminated-many"},
    Planted{"stop_as_error", "client-terminated", "graceful", "unclean_exit", 1, "client-terminated"},
    Planted{"no_digest_check", "bad-record", "tolerant", "aborted_read", 0, "bad-record"},
    Planted{"skip_one_more", "bad-record", "tolerant", "lost", 0, "bad-record"},
};

}  // namespace stormproof::calibration
