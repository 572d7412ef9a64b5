/// Histories as a person writes them, for tests:
///
///   # comment
///   check exactly_once,in_order:key          any line that begins with a known directive is handed back
///   0.000 setup phase
///   0.001 plan note kill key=kill "client/0"
///   0.010 source invoke m-1 s-1#1 digest=00000000000000aa
///   0.011 source ok m-1
///   0.020 source send m-{2..5} s-1#{}        sugar: invoke and ok for m-2 ... m-5, 1 ms apart
///   0.100 client/0 effect m-{1..5} s-1#{}
///   1.000 kill inject kill key=client/0
///
/// SECONDS WHO WORD [ID] [KEY#SEQ] [key=K] [seq=N] [digest=D] ["DETAIL"]. "-" for no WHO or no ID.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/model/event.h"

namespace stormproof {

struct TextHistory {
  std::vector<Event> events;
  std::vector<std::pair<std::string, std::string>> directives;  ///< ("check", "exactly_once")
};

/// A malformed line is a mistake in the test: aborts with the line.
TextHistory parse_text_history(std::string_view text);

}  // namespace stormproof
