/// stormproof validate, new and list: help for writing scenarios. Nothing is started.
#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "harness/base/text.h"
#include "harness/cli/catalog.h"
#include "harness/cli/commands.h"
#include "harness/cli/doctor.h"
#include "harness/cli/read_options.h"
#include "harness/cli/shipped_targets.h"
#include "harness/run/run_dir.h"
#include "harness/scenario/diagnostics.h"
#include "harness/scenario/reference.h"
#include "harness/scenario/scenario_reader.h"
#include "harness/scenario/template.h"
#include "reports/catalog.h"

namespace stormproof {

ExitCode cmd_validate(const ValidateArgs& args, const Session&) {
  const auto options = read_options(args.set, args.only);
  if (!options) return complain(options.error());
  ExitCode code = ExitCode::pass;
  for (const std::string& path : args.scenarios) {
    const ScenarioFile file = read_scenario_file(path, all_kinds(), *options);
    if (file.ok()) {
      std::cout << fmt::format("{}: ok, {} run{}\n", path, file.cells.size(), file.cells.size() == 1 ? "" : "s");
    } else {
      std::cerr << render(file);
      code = ExitCode::usage;
    }
  }
  return code;
}

ExitCode cmd_new(const NewArgs& args, const Session&) {
  const std::string file_name = file_name_for(args.name) + ".toml";
  if (file_name_for(args.name) != args.name) {
    return complain(usage_error(fmt::format("'{}' cannot be the name of a scenario", printable(args.name)),
                                "use letters, digits, '-' and '_'"));
  }
  std::error_code ignored;
  if (std::filesystem::exists(file_name, ignored)) {
    return complain(usage_error(file_name + " exists already", "choose another name, or remove it"));
  }
  std::ofstream out(file_name, std::ios::binary);
  out << new_scenario(args.name);
  out.close();
  if (!out) {
    return complain(environment_error(fmt::format("cannot write {}: {}", file_name, std::strerror(errno)),
                                      "go to a directory where you may write"));
  }
  std::cout << file_name << '\n';
  std::cerr << fmt::format("next: edit {0}, then\n  stormproof validate {0}\n  stormproof run {0}\n", file_name);
  return ExitCode::pass;
}

ExitCode cmd_list(const ListArgs& args, const Session&) {
  const std::vector<std::string> families{"faults",    "targets", "invariants", "sources",
                                          "witnesses", "reports", "reference"};
  if (args.family == "targets") {
    for (const ShippedTarget& target : shipped_targets())
      std::cout << fmt::format("{:<16} {}\n", target.name, target.summary);
  } else if (args.family == "reports") {
    for (const ReportKind* kind : report_kinds()) {
      std::cout << fmt::format("{:<16} {:<16} {}\n", kind->info.name, kind->file, kind->info.summary);
    }
  } else if (args.family == "reference") {
    std::cout << reference_markdown(all_kinds());
  } else if (std::find(families.begin(), families.end(), args.family) != families.end()) {
    std::cout << list_kinds(all_kinds(), args.family, args.verbose);
  } else {
    const std::string near = nearest(args.family, families);
    return complain(
        usage_error(fmt::format("cannot list '{}'", printable(args.family)),
                    near.empty() ? "one of " + join(families, " ") : fmt::format("did you mean '{}'?", near)));
  }
  return ExitCode::pass;
}

ExitCode cmd_doctor(const DoctorArgs& args, const Session&) {
  return run_doctor(std::cout, args.json) == 0 ? ExitCode::pass : ExitCode::environment;
}

}  // namespace stormproof
