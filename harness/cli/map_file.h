/// check --map FILE: which field of a foreign record is what. TOML, or the same as JSON:
///
///     format    = "csv"                  # csv or json; default: found by looking
///     time      = "ms"                   # unit of times that are numbers: s (default), ms, us, ns
///     separator = ";"                    # csv; default: found by looking at the header
///     [fields]                           # ours = theirs
///     id  = "order.id"
///     t   = "when"
///     [types]                            # a value of their type field = invoke ok fail info effect send stage ignore
///     ... "ORDER_SENT" = "send" [constants]                        # ours = the value in every record by  = "shop"
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/foreign/foreign.h"

namespace stormproof {

struct MapFile {
  HistoryFormat format = HistoryFormat::automatic;
  FieldMap map;
};

/// All mistakes are reported together, one a line: "map.toml:3:1: unknown field 'idd'; did you mean 'id'?".
Result<MapFile> parse_map(const std::string& path, std::string_view text);
Result<MapFile> read_map(const std::string& path);

}  // namespace stormproof
