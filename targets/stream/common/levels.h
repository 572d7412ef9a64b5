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
};

/// Both end the program with exit status 2 and the list of known words when there is no such level or bug.
Level level_from(std::string_view word);
Bug bug_from(std::string_view word);

}  // namespace streams
