/// What is measured of each proxy, and the bars this project is held to.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/proxy/peer.h"

namespace stormproof::bench {

/// Where processes run, and how long each load lasts.
struct Setting {
  bool pinned = true;  ///< the proxy alone on processor 1, the load on processor 0
  double window = 1.0;
  int proxy_processor() const { return pinned ? 1 : -1; }
  int load_processor() const { return pinned ? 0 : -1; }
};

/// One number by name for each column of a row.
using Values = std::map<std::string_view, double>;

struct Column {
  std::string_view key;
  std::string_view title;
  int digits = 2;
};

struct Bar {
  enum class Must { be_at_most, be_at_least };
  std::string_view key;
  std::string_view against;  ///< a peer: the ratio to it in the same round; "": the number itself
  Must must = Must::be_at_most;
  double bound = 1;
};

struct Row {
  enum class Where { everywhere, unpinned };
  std::string_view name;
  std::string_view title;
  std::vector<std::string_view> peers;
  std::vector<Column> columns;
  std::vector<Bar> bars;                                       ///< of "stormproof"
  std::function<Values(const Peer&, const Setting&)> measure;  ///< throws Trouble
  Where where = Where::everywhere;
};

const std::vector<Row>& rows();

}  // namespace stormproof::bench
