// The proxy beside others (issue 3, "Numbers"): shuffled, interleaved rounds, medians with [min-max], ratios inside a
// round. A round measures each row once for each proxy, in an order of its own, one proxy running at a time. A bar is
// printed beside each ratio; nothing is asserted.
//
//   proxy_bench [--only ROW,...] [--peers NAME,...] [--rounds N] [--window SECONDS] [--layout pinned|unpinned|both]
//               [--quiet PERCENT]
//
// BENCH_ROUNDS sets the rounds too. Names match by their beginning: --only bulk is bulk8 and bulk64. --quiet 10
// repeats, up to ten times, what was measured while other processes used more than a tenth of the machine.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "harness/base/rng.h"
#include "tests/bench/proxy/neighbours.h"
#include "tests/bench/proxy/net.h"
#include "tests/bench/proxy/rows.h"
#include "tests/bench/proxy/table.h"

namespace {

using namespace stormproof;
using namespace stormproof::bench;

struct Options {
  std::vector<std::string> rows;   ///< empty: all
  std::vector<std::string> peers;  ///< empty: those of each row
  int rounds = 9;
  double window = 0.5;
  std::string layout = "both";
  double quiet = 1;  ///< a measurement during which others used more of the machine than this is made again
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');) words.push_back(word);
  return words;
}

bool begins_with_any(std::string_view name, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](const auto& word) { return name.starts_with(word); });
}

template <class Names>
bool holds(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Options read_options(int argc, char** argv) {
  Options options;
  if (const char* rounds = std::getenv("BENCH_ROUNDS")) options.rounds = std::stoi(rounds);
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--only") {
      options.rows = split(value);
    } else if (name == "--peers") {
      options.peers = split(value);
    } else if (name == "--rounds") {
      options.rounds = std::stoi(value);
    } else if (name == "--window") {
      options.window = std::stod(value);
    } else if (name == "--layout") {
      options.layout = value;
    } else if (name == "--quiet") {
      options.quiet = std::stod(value) / 100;
    } else {
      throw std::invalid_argument("unknown option " + name);
    }
  }
  if (argc % 2 == 0) throw std::invalid_argument(std::string("a value is missing after ") + argv[argc - 1]);
  return options;
}

/// Those of a row that were asked for and can run.
std::vector<const Peer*> peers_of(const Row& row, const Options& options) {
  std::vector<const Peer*> chosen;
  for (const Peer& peer : peers()) {
    const bool of_row = holds(row.peers, peer.name) || (peer.name == "direct" && !options.peers.empty());
    const bool wanted = of_row && (options.peers.empty() || holds(options.peers, peer.name));
    if (wanted && missing(peer).empty()) chosen.push_back(&peer);
  }
  return chosen;
}

void measure_once(const Row& row, const Peer& peer, const Setting& setting, const Options& options, int round,
                  Table& table) {
  constexpr int kTries = 10;  // the least disturbed counts
  const std::string name(peer.name);
  double least = 2;
  try {
    for (int i = 0; i < kTries && least > options.quiet; ++i) {
      const Neighbours neighbours;
      Values values = row.measure(peer, setting);
      const double share = neighbours.share();
      if (share < least) table.add(name, round, std::move(values), share);
      least = std::min(least, share);
    }
  } catch (const Trouble& trouble) {
    table.add_trouble(name, trouble.what());
  }
}

void measure_all(std::vector<const Row*> chosen, const Options& options, const Setting& setting) {
  std::map<const Row*, Table> tables;
  std::erase_if(chosen, [&](const Row* row) { return setting.pinned && row->where == Row::Where::unpinned; });
  Rng rng(draw_seed());
  for (int round = 0; round < options.rounds; ++round) {
    for (const Row* row : chosen) {
      std::vector<const Peer*> order = peers_of(*row, options);
      for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(i) - 1))]);
      }
      for (const Peer* peer : order) measure_once(*row, *peer, setting, options, round, tables[row]);
    }
    std::cerr << "proxy_bench: round " << round + 1 << " of " << options.rounds << " done\n";
  }
  std::cout << "\n== " << (setting.pinned ? "pinned: the proxy alone on core 1, the load on core 0" : "unpinned")
            << ", " << options.rounds << " rounds, windows of " << options.window << " s" << std::endl;
  for (const Row* row : chosen) tables[row].print(*row);
  std::puts("");
}

void run(const Options& options) {
  std::vector<const Row*> chosen;
  for (const Row& row : rows()) {
    if (options.rows.empty() || begins_with_any(row.name, options.rows)) chosen.push_back(&row);
  }
  for (const Peer& peer : peers()) {
    const std::string why = missing(peer);
    std::cout << peer.name << ": " << peer.what << (why.empty() ? "" : "; skipped: " + why);
    if (const std::string text = version(peer); !text.empty()) std::cout << " (" << text << ')';
    std::cout << '\n';
  }
  std::cout << "CPU: the CPU clock of the proxy's process over the window; loopback's softirq work is in it\n";
  if (options.layout != "unpinned") measure_all(chosen, options, {true, options.window});
  if (options.layout != "pinned") measure_all(chosen, options, {false, options.window});
}

}  // namespace

int main(int argc, char** argv) {
  // 9,900 connections have two ends here.
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  try {
    run(read_options(argc, argv));
  } catch (const std::exception& trouble) {
    std::cerr << "proxy_bench: error: " << trouble.what() << '\n';
    return 2;
  }
}
