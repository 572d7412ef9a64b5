#include "harness/cli/usage.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "harness/base/text.h"

namespace stormproof {

namespace {

/// One subcommand: its CLI11 parser and how to make the Command from what it filled.
struct Entry {
  CLI::App* app = nullptr;
  std::function<Command()> command;
};

struct CommandLine {
  CLI::App app{"stormproof breaks streaming services on purpose and proves, or disproves, exactly-once delivery.",
               "stormproof"};
  bool verbose = false;
  RunArgs run;
  ExploreArgs explore;
  ReplayArgs replay;
  CheckArgs check;
  ReportArgs report;
  ValidateArgs validate;
  ListArgs list;
  NewArgs fresh;
  ProxyArgs proxy;
  DoctorArgs doctor;
  std::vector<Entry> entries;

  CommandLine();
  CLI::App* add(const char* name, const char* summary, std::function<Command()> command);
  void add_run();
  void add_explore();
  void add_judging();
  void add_proxy();
  void add_helpers();
};

CLI::App* CommandLine::add(const char* name, const char* summary, std::function<Command()> command) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->allow_extras();  // checked in check_extras, to say more than CLI11 does
  sub->add_flag("--verbose", verbose, "talk about what happens inside, on stderr");
  entries.push_back({sub, std::move(command)});
  return sub;
}

void CommandLine::add_run() {
  CLI::App* sub = add("run", "run scenarios and judge them", [this] { return run; });
  sub->add_option("scenarios", run.scenarios, "scenario files, or directories of them")
      ->type_name("SCENARIO")
      ->required();
  sub->add_option("--seed", run.seed, "seed of all chance; 0 or none: draw one")->type_name("N");
  sub->add_option("--set", run.set, "give a parameter another value")->type_name("k=v")->allow_extra_args(false);
  sub->add_option("--only", run.only, "only the cells of the matrix with this value")
      ->type_name("k=v")
      ->allow_extra_args(false);
  sub->add_flag("--no-expect", run.no_expect, "judge by the invariants alone, not by [[expect]]");
  sub->add_option("--repeat", run.repeat, "run everything this often (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  sub->add_option("--flaky", run.flaky, "run everything this often and say how many runs of each scenario failed")
      ->type_name("N")
      ->check(CLI::Range(1, 100000));
  sub->add_option("--jobs", run.jobs, "runs at the same time (default: one for each core)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  sub->add_option("--out", run.out, "where to write (default: stormproof-out/TIME-NAME)")->type_name("DIR");
  sub->add_flag("--json", run.json, "one JSON object a run on stdout");
  sub->add_flag("--keep", run.keep, "keep the targets' working files after a pass as well");
  sub->add_option("--api", run.api, "one run: change faults on its links by hand, through Toxiproxy's HTTP API there")
      ->type_name("ADDRESS");
}

void CommandLine::add_explore() {
  CLI::App* sub = add("explore", "draw schedules of faults, and shrink one that fails", [this] { return explore; });
  sub->add_option("scenario", explore.scenario, "scenario file; its [explore] table says what may happen")
      ->type_name("SCENARIO")
      ->required();
  sub->add_option("--set", explore.set, "give a parameter another value")->type_name("k=v")->allow_extra_args(false);
  sub->add_option("--runs", explore.runs, "trials at most (default: of [explore], else 200)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000000));
  sub->add_option("--for", explore.lasts, "begin no trial after this long")->type_name("TIME");
  sub->add_option("--jobs", explore.jobs, "trials at the same time (default: three for each core)")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  sub->add_option("--seed", explore.seed, "seed of all chance; 0 or none: draw one")->type_name("N");
  sub->add_option("--max-faults", explore.max_faults, "most faults in a schedule (default: of [explore], else 6)")
      ->type_name("N")
      ->check(CLI::Range(1, 50));
  sub->add_option("--min-faults", explore.min_faults, "fewest faults in a schedule (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 50));
  sub->add_option("--patience", explore.patience, "end after N trials without a new feature (0: never)")
      ->type_name("N")
      ->check(CLI::Range(0, 1000000));
  sub->add_option("--shrink-budget", explore.shrink_budget, "trials to shrink a failure (default 200; 0: do not)")
      ->type_name("N")
      ->check(CLI::Range(0, 1000000));
  sub->add_flag("--blind", explore.blind, "fresh schedules only; do not learn from runs");
  sub->add_flag("--keep-going", explore.keep_going, "after a finding, look for other anomalies");
  sub->add_option("--save", explore.save, "also file minimal scenarios there, by what they show")->type_name("DIR");
  sub->add_option("--out", explore.out, "where to write (default: stormproof-out/TIME-explore-NAME)")->type_name("DIR");
  sub->add_flag("--json", explore.json, "one JSON object on stdout");
}

void CommandLine::add_judging() {
  CLI::App* sub = add("replay", "do the plan of an earlier run again", [this] { return replay; });
  sub->add_option("run", replay.run, "directory of the run")->type_name("RUN")->required();
  sub->add_option("--out", replay.out, "where to write (default: stormproof-out/TIME-NAME)")->type_name("DIR");
  sub->add_flag("--json", replay.json, "one JSON object on stdout");
  sub->add_flag("--keep", replay.keep, "keep the targets' working files after a pass as well");

  sub = add("check", "judge a recorded history, ours or another program's", [this] { return check; });
  sub->add_option("history", check.histories,
                  "history file, directory of a run, or - for stdin; several foreign files are merged")
      ->type_name("HISTORY");
  sub->add_option("--format", check.format, "native, json, csv, edn (Jepsen) or kafka (default: found by looking)")
      ->type_name("FORMAT");
  sub->add_option("--map", check.maps,
                  "which field of a foreign csv or json is what, and which values mean what (TOML)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  sub->add_option("--sent", check.sent, "plain list of the ids that were sent, one a line; with --received")
      ->type_name("FILE");
  sub->add_option("--received", check.received, "plain list of the ids that took effect")->type_name("FILE");
  sub->add_option("--explain", check.explain, "tell the whole life of one message; exit status 0")->type_name("ID");
  sub->add_option("--diff", check.diff, "compare two verdict.json: new anomalies (exit status 1), cured ones")
      ->type_name("A B")
      ->expected(2);
  sub->add_option("--merge", check.merge,
                  "put the verdicts of shards together: histories checked apart, each message in one of them")
      ->type_name("VERDICT...");
  sub->add_option("--invariants", check.invariants,
                  "what must hold, e.g. exactly_once,in_order:key (default: the run's own, else exactly_once)")
      ->type_name("LIST");
  sub->add_option("--lines", check.lines, "write the history as JSON lines to FILE (-: stdout) and judge nothing")
      ->type_name("FILE");
  sub->add_option("--pack", check.pack, "write the history in the smallest binary form to FILE and judge nothing")
      ->type_name("FILE");
  sub->add_option("--memory", check.memory, "give up before more is needed, e.g. 2GiB (default: 4/5 of what is free)")
      ->type_name("SIZE");
  sub->add_option("--threads", check.threads, "threads that parse and judge (default: one a core, at most 4)")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  sub->add_option("--settle", check.settle,
                  "foreign histories: quiet time before a missing message is lost (default 0s)")
      ->type_name("TIME");
  sub->add_option("--out", check.out, "also write all reports there")->type_name("DIR");
  sub->add_flag("--json", check.json, "the verdict as one JSON object on stdout");

  sub = add("report", "write the reports of finished runs again, and score what they prove", [this] { return report; });
  sub->add_option("runs", report.runs, "directories of runs or campaigns")->type_name("RUN")->required();
  sub->add_option("--out", report.out, "where to write (default: the first directory named)")->type_name("DIR");
  sub->add_option("--save-baseline", report.save_baseline, "keep the score in FILE, for --compare")->type_name("FILE");
  sub->add_option("--compare", report.compare,
                  "compare the score with FILE: exit 1 for new failures and for cells no longer exercised, else 0")
      ->type_name("FILE");
  sub->add_flag("--json", report.json, "verdicts, score and comparison as JSON on stdout, one a line");
}

void CommandLine::add_proxy() {
  CLI::App* sub = add("proxy", "the fault proxy alone, with Toxiproxy's HTTP API", [this] { return proxy; });
  sub->add_option("--listen", proxy.listen, "one proxy: where clients connect, e.g. 127.0.0.1:20000")
      ->type_name("ADDRESS");
  sub->add_option("--upstream", proxy.upstream, "one proxy: where its connections go, e.g. 127.0.0.1:5432")
      ->type_name("ADDRESS");
  sub->add_option("--config", proxy.config, "proxies with their toxics, JSON as for POST /populate, or TOML")
      ->type_name("FILE");
  sub->add_option("--api", proxy.api,
                  "where the API listens (default 127.0.0.1:8474; port 0: a free one; none: no API)")
      ->type_name("ADDRESS");
  sub->add_option("--seed", proxy.seed, "seed of all chance; 0 or none: draw one")->type_name("N");
  sub->add_option("--threads", proxy.threads, "threads that move data (default 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
  sub->add_option("--for", proxy.lasts, "end after this long (default: at SIGINT or SIGTERM)")->type_name("TIME");
  sub->add_option("--host", proxy.host, "as toxiproxy-server has it: host of the API")->type_name("HOST");
  sub->add_option("--port", proxy.port, "as toxiproxy-server has it: port of the API")->type_name("PORT");
  sub->add_flag(
      "--proxy-metrics,--runtime-metrics", [](std::int64_t) {},
      "accepted for toxiproxy-server's sake: /metrics is always there");
  sub->set_version_flag("--version", std::string("stormproof ") + kVersion);
  sub->footer(
      "Addresses: 127.0.0.1:80, [::1]:80, localhost:80, :80 (all addresses), unix:/path.\n"
      "The flags of toxiproxy-server are understood with one dash as well.\n"
      "Try it:  stormproof proxy --listen 127.0.0.1:20000 --upstream 127.0.0.1:8000 &\n"
      "         curl 127.0.0.1:8474/proxies/proxy/toxics -d '{\"type\":\"latency\",\"attributes\":{\"latency\":100}}'");
}

void CommandLine::add_helpers() {
  CLI::App* sub = add("validate", "find the mistakes of scenarios; nothing is started", [this] { return validate; });
  sub->add_option("scenarios", validate.scenarios, "scenario files")->type_name("SCENARIO")->required();
  sub->add_option("--set", validate.set, "give a parameter another value")->type_name("k=v")->allow_extra_args(false);
  sub->add_option("--only", validate.only, "only these cells of the matrix")->type_name("k=v")->allow_extra_args(false);

  sub = add("list", "what can be named in a scenario", [this] { return list; });
  sub->add_option("family", list.family, "faults, targets, invariants, sources, witnesses, reports or reference")
      ->type_name("FAMILY")
      ->required();
  sub->add_flag("--params", list.verbose, "with parameters, units and defaults");

  sub = add("new", "write a commented scenario to start from", [this] { return fresh; });
  sub->add_option("name", fresh.name, "its name; NAME.toml is written here")->type_name("NAME")->required();

  sub = add("doctor", "what this machine can do, and what is missing for what", [this] { return doctor; });
  sub->add_flag("--json", doctor.json, "one JSON object a probe");
}

CommandLine::CommandLine() {
  app.set_version_flag("--version", std::string("stormproof ") + kVersion);
  app.require_subcommand(0, 1);
  app.footer(
      "Exit status: 0 pass, 1 fail, 2 usage or scenario error, 3 unknown, 4 environment or harness failure, 130 "
      "interrupted.\nA first scenario of your own: stormproof new NAME");
  add_run();
  add_explore();
  add_judging();
  add_proxy();
  add_helpers();
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::optional<Error> check_extras(const CLI::App& app) {
  for (const std::string& extra : app.remaining()) {
    const std::string option = extra.substr(0, extra.find('='));
    if (option.empty() || option.front() != '-') {
      return usage_error(fmt::format("unexpected argument '{}'", printable(extra)),
                         fmt::format("stormproof {} --help", app.get_name()));
    }
    const std::string near = nearest(option, option_names(app));
    return usage_error(
        fmt::format("unknown option '{}' of stormproof {}", printable(option), app.get_name()),
        near.empty() ? fmt::format("stormproof {} --help", app.get_name()) : fmt::format("did you mean '{}'?", near));
  }
  return std::nullopt;
}

std::optional<Error> check_first_word(const CommandLine& line, int argc, const char* const* argv) {
  if (argc < 2) return usage_error("a command is missing", "stormproof --help lists them");
  const std::string word = argv[1];
  std::vector<std::string> names;
  for (const Entry& entry : line.entries) names.push_back(entry.app->get_name());
  if (word.empty() || std::find(names.begin(), names.end(), word) != names.end()) return std::nullopt;
  if (word == "--help" || word == "-h" || word == "--version") return std::nullopt;
  const std::string near = nearest(word, names);
  return usage_error(fmt::format("unknown command '{}'", printable(word)),
                     near.empty() ? "stormproof --help lists them" : fmt::format("did you mean '{}'?", near));
}

Error translate(const CLI::ParseError& failure, const CLI::App* used) {
  std::string text = failure.what();
  if (!text.empty() && text.back() == '.') text.pop_back();
  return usage_error(text,
                     used == nullptr ? "stormproof --help" : fmt::format("stormproof {} --help", used->get_name()));
}

/// toxiproxy-server's flags are Go's, with one dash; CLI11 would take them for bundles of short ones.
std::vector<std::string> with_two_dashes(int argc, const char* const* argv) {
  static constexpr std::string_view kFlags[] = {"-host",    "-port",          "-config",         "-seed",
                                                "-version", "-proxy-metrics", "-runtime-metrics"};
  std::vector<std::string> words(argv, argv + argc);
  const bool is_proxy = argc > 1 && words[1] == "proxy";
  for (std::size_t i = 2; is_proxy && i < words.size(); ++i) {
    const std::string_view flag = std::string_view(words[i]).substr(0, words[i].find('='));
    if (std::find(std::begin(kFlags), std::end(kFlags), flag) != std::end(kFlags)) words[i].insert(0, "-");
  }
  return words;
}

}  // namespace

std::variant<Parsed, ExitCode> parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  std::vector<std::string> words = with_two_dashes(argc, argv);
  if (const auto mistake = check_first_word(line, argc, argv)) return complain(*mistake);
  const auto used = [&]() -> const Entry* {
    for (const Entry& entry : line.entries) {
      if (entry.app->parsed()) return &entry;
    }
    return nullptr;
  };
  try {
    // CLI11 takes them from the back, and without the program's name.
    line.app.parse(std::vector<std::string>(words.rbegin(), words.rend() - 1));
  } catch (const CLI::Success& asked) {
    return static_cast<ExitCode>(line.app.exit(asked));  // --help, --version: 0
  } catch (const CLI::ParseError& failure) {
    const Entry* entry = used();
    if (entry != nullptr) {
      if (const auto mistake = check_extras(*entry->app)) return complain(*mistake);
    }
    return complain(translate(failure, entry == nullptr ? nullptr : entry->app));
  }
  const Entry* entry = used();
  if (entry == nullptr) return complain(usage_error("a command is missing", "stormproof --help lists them"));
  if (const auto mistake = check_extras(*entry->app)) return complain(*mistake);
  Parsed parsed{entry->command(), {}};
  parsed.session.verbose = line.verbose;
  for (int i = 0; i < argc; ++i) {
    parsed.session.command_line += (i == 0 ? "" : " ") + std::string(i == 0 ? "stormproof" : argv[i]);
  }
  return parsed;
}

}  // namespace stormproof
