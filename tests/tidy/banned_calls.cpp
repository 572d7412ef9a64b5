#include "tests/tidy/banned_calls.h"

#include <algorithm>

namespace stormproof::tidy {

namespace {

using Names = std::vector<std::string>;

struct Ban {
  Names words;    ///< whole words; with a trailing '(' only as a call; with a leading "::" only so qualified
  Names allowed;  ///< prefixes of the files that own it
  std::string remedy;
};

/// Targets are programs of their own and cannot use our wrappers; only chance and shells are forbidden there too.
const std::vector<Ban>& bans() {
  static const std::vector<Ban> kBans = {
      {{"rand(", "srand(", "random_device", "mt19937", "mt19937_64", "default_random_engine"},
       {"harness/base/"},
       "take an Rng (harness/base/rng.h), forked by name from the run's seed"},
      {{"sleep_for", "sleep_until", "usleep(", "nanosleep(", "::sleep("},
       {"harness/base/", "targets/"},
       "wait for the event itself: a condition variable, poll, or the event loop's after()"},
      {{"system_clock", "gettimeofday(", "::time("},
       {"harness/base/", "targets/"},
       "take a Clock (harness/base/clock.h); wall_seconds() for a date in a report"},
      {{"waitpid(", "waitid(", "wait4("},
       {"harness/supervise/", "harness/base/child", "targets/", "tests/"},
       "the supervisor is the only one that reaps; subscribe to it, or use harness/base's child helper"},
      {{"::close("},
       {"harness/base/fd.cpp", "targets/", "tests/harness/supervise/stunt.cpp", "tests/bench/"},
       "hold the descriptor in an Fd (harness/base/fd.h), which closes it"},
      {{"::fork(", "::vfork("},
       {"harness/supervise/", "harness/base/child", "targets/", "tests/"},
       "start processes through the supervisor, or harness/base's child helper"},
      {{"::system(", "std::system(", "popen("}, {}, "run an argv without a shell through harness/base's child helper"},
      {{"std::cout", "printf(", "puts("},
       {"harness/cli/", "reports/console", "targets/", "tests/"},
       "write to the std::ostream you are given; only the command line owns stdout"},
      {{"ptrace("}, {"faults/syscall/"}, "only the tracer speaks ptrace"},
  };
  return kBans;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool uses(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && is_word(line[at - 1])) continue;
    // A member of the same name is another thing: child.waitpid(...), Rng::rand(...) stays caught by "rand(" alone.
    if (at > 0 && (line[at - 1] == '.' || (at > 1 && line.substr(at - 2, 2) == "->"))) continue;
    // "::close(" must be the global one, not Connection::close(.
    if (word.starts_with("::") && at > 0 && line[at - 1] == '>') continue;
    if (word.back() != '(' && end < line.size() && is_word(line[end])) continue;
    return true;
  }
  return false;
}

}  // namespace

std::vector<Finding> check_banned_calls(const SourceTree& tree) {
  std::vector<Finding> findings;
  for (const SourceFile& file : tree) {
    if (!file.path.ends_with(".h") && !file.path.ends_with(".cpp")) continue;
    const std::string code = code_only(file.text);
    for (const Line& line : lines_of(code)) {
      for (const Ban& ban : bans()) {
        const bool owner = std::any_of(ban.allowed.begin(), ban.allowed.end(),
                                       [&](const std::string& prefix) { return file.path.starts_with(prefix); });
        if (owner) continue;
        for (const std::string& word : ban.words) {
          if (!uses(line.text, word)) continue;
          findings.push_back({file.path, line.number, "uses " + word + (word.back() == '(' ? ")" : ""), ban.remedy});
        }
      }
    }
  }
  return findings;
}

}  // namespace stormproof::tidy
