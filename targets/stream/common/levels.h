/// The five ways to write this service, each adding one technique to the one before, and the mistakes planted in them.
#pragma once

#include <string_view>

namespace streams {

enum class Level {
  naive,        ///< a broken stream is the end of it, a bad record is an exception
  tolerant,     ///< a bad or poisonous record is skipped, the rest of the stream continues
  resumable,    ///< after an error the client reads on after the last record it received
  graceful,     ///< SIGTERM: stop taking work, finish what is in flight, hand the rest over, close
  recoverable,  ///< record and position in one transaction; streams have an owner; a peer recovers those of the dead
};

/// Every planted bug, by the word --bug takes. Each is looked up where it is planted: search for Bug::NAME.
enum class Bug {
  none,
  offset_before_data,     ///< the position is saved before the record is handled
  two_transactions,       ///< record and position in two transactions, the position every now and then
  resume_at,              ///< reads on at the last record, not after it
  resume_skip,            ///< reads on one record too late
  ack_on_receipt,         ///< the position is saved when the record arrives
  upsert_ledger,          ///< an upserted table: "reading all of it again does no harm"
  double_recovery,        ///< whoever hears of a death recovers its streams, without claiming them
  handover_before_store,  ///< handed over while records are still in flight
  shutdown_order,         ///< stops taking work only after it has handed over its own
  poison_blocks,          ///< a poisonous record is tried again for ever
  no_fencing,             ///< an owner that was paused writes on after it lost its stream
  give_up,                ///< three attempts to reconnect, then the stream is called finished
  drop_when_full,         ///< records that arrive while the queue is full are dropped
  store_bad,              ///< "skips" a bad record after it was stored

  // Positions and ids
  ids_in_memory,    ///< the position is saved now and then; what was done since is remembered in memory
  batch_ack_first,  ///< with the first record of a batch the position of the whole batch is saved
  position_late,    ///< the position of a record is saved when the next one is
  dedupe_window,    ///< reads all of it again and leaves out what it knows, but knows only the last hundred
  retry_new_id,     ///< a record that is asked for again gets an id of its own
  two_handlers,     ///< two threads handle the records of one stream

  // Reading on
  stale_retry,            ///< every retry reads on where the first break was
  page_boundary,          ///< a break exactly at the end of a page reads that page again
  budget_never_refilled,  ///< five reconnects in the life of a stream, then it is called finished
  refused_is_end,         ///< a refused connection is taken for the end of the stream
  reset_counts_record,    ///< a reset is taken for a record that has arrived
  clean_stop_is_end,      ///< a server that stops ends its streams with OK
  list_gives_up,          ///< an unreachable server at start-up is taken for one without streams

  // Recovery
  finish_on_receipt,    ///< a stream is marked done when its last record arrives, not when it is stored
  restart_from_start,   ///< a replica that comes back begins its own streams anew
  recover_from_start,   ///< a recovered stream begins anew
  recover_first_only,   ///< only the first stream of a dead peer is recovered
  one_death_only,       ///< the second death of a peer is not looked at
  late_watcher,         ///< deaths before its own start are none of its business
  oom_not_recovered,    ///< looks for the reason Error, not OOMKilled
  lease_never_expires,  ///< expired leases are not looked for
  lease_not_renewed,    ///< a lease is renewed only by storing a record: nothing to store, and the stream is gone
  fence_by_owner,       ///< the fence asks who owns the stream, not since when

  // Shutting down and handing over
  handover_received,       ///< drops what is in flight and hands over the position of the last record received
  handover_first_only,     ///< hands over one stream, not all
  handover_acked_on_take,  ///< a hand-over is struck off when it is taken, so it cannot be handed on
  taken_twice,             ///< looks at what was handed over in one step and takes it in the next
  stop_as_error,           ///< ends with status 1 after an orderly stop

  // Bad records
  no_digest_check,  ///< a payload is not compared with its digest
  skip_one_more,    ///< skipping a bad record skips the one behind it too
};

/// Both end the program with exit status 2 and the list of known words when there is no such level or bug.
Level level_from(std::string_view word);
Bug bug_from(std::string_view word);

}  // namespace streams
