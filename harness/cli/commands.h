/// The commands of the program: their arguments as plain values, so that only usage.cpp sees CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/base/exit_code.h"
#include "harness/base/result.h"

namespace stormproof {

struct RunArgs {
  std::vector<std::string> scenarios;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> set;   ///< "level=naive"
  std::vector<std::string> only;  ///< "level=naive"
  bool no_expect = false;
  int repeat = 1;
  int flaky = 0;  ///< 0: off; else as repeat, and say how many failed
  int jobs = 0;   ///< 0: one for each core
  std::string out;
  bool json = false;
  bool keep = false;
  std::string api;  ///< empty: none
};

struct ExploreArgs {
  std::string scenario;
  std::vector<std::string> set;
  std::optional<int> runs;  ///< without it, what [explore] says
  std::string lasts;        ///< --for
  int jobs = 0;             ///< 0: three for each core
  std::optional<std::uint64_t> seed;
  std::optional<int> max_faults;
  std::optional<int> min_faults;
  std::optional<int> patience;
  int shrink_budget = 200;
  bool blind = false;
  bool keep_going = false;
  std::string save;  ///< directory of the regression corpus
  std::string out;
  bool json = false;
};

struct ReplayArgs {
  std::string run;
  std::string out;
  bool json = false;
  bool keep = false;
};

struct CheckArgs {
  std::vector<std::string> histories;  ///< several: foreign files, merged by time
  std::string format;                  ///< name of a HistoryFormat; "": found by looking
  std::vector<std::string> maps;       ///< map files: one for all, or one for each history
  std::string sent;                    ///< two plain lists of ids in place of a history
  std::string received;
  std::string explain;             ///< id of a message whose life is told
  std::vector<std::string> diff;   ///< two verdicts to compare in place of a check
  std::vector<std::string> merge;  ///< verdicts of shards to put together in place of a check
  std::string invariants;
  std::string settle = "0s";
  std::string lines;  ///< write the history as JSON lines to this file ("-": stdout) in place of judging it
  std::string pack;   ///< write the history with packed blocks to this file in place of judging it
  std::string memory;
  unsigned threads = 0;
  std::string out;
  bool json = false;
};

struct ReportArgs {
  std::vector<std::string> runs;
  std::string out;
  std::string compare;        ///< baseline to compare the score with
  std::string save_baseline;  ///< where to write the score as a baseline
  bool json = false;
};

struct ValidateArgs {
  std::vector<std::string> scenarios;
  std::vector<std::string> set;
  std::vector<std::string> only;
};

struct ListArgs {
  std::string family;
  bool verbose = false;
};

struct NewArgs {
  std::string name;
};

struct ProxyArgs {
  std::string listen;
  std::string upstream;
  std::string config;
  std::string api;   ///< empty: host and port
  std::string host;  ///< as toxiproxy-server has it; empty: 127.0.0.1
  std::string port;  ///< empty: 8474
  std::optional<std::uint64_t> seed;
  int threads = 1;
  std::string lasts;  ///< --for
};

struct DoctorArgs {
  bool json = false;
};

using Command = std::variant<RunArgs, ExploreArgs, ReplayArgs, CheckArgs, ReportArgs, ValidateArgs, ListArgs, NewArgs,
                             ProxyArgs, DoctorArgs>;

/// What every command may need to know about this invocation.
struct Session {
  std::string command_line;
  bool verbose = false;
};

ExitCode cmd_run(const RunArgs& args, const Session& session);
ExitCode cmd_explore(const ExploreArgs& args, const Session& session);
ExitCode cmd_replay(const ReplayArgs& args, const Session& session);
ExitCode cmd_check(const CheckArgs& args, const Session& session);
ExitCode cmd_report(const ReportArgs& args, const Session& session);
ExitCode cmd_validate(const ValidateArgs& args, const Session& session);
ExitCode cmd_list(const ListArgs& args, const Session& session);
ExitCode cmd_new(const NewArgs& args, const Session& session);
ExitCode cmd_proxy(const ProxyArgs& args, const Session& session);
ExitCode cmd_doctor(const DoctorArgs& args, const Session& session);

extern const char* const kVersion;

/// Prints "stormproof: error: …" and "hint: …" on stderr; returns the exit status the error stands for.
ExitCode complain(const Error& error);

}  // namespace stormproof
