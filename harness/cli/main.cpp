#include <csignal>
#include <iostream>

#include "harness/base/log.h"
#include "harness/cli/usage.h"

namespace stormproof {

namespace {
struct Dispatch {
  const Session& session;
  ExitCode operator()(const RunArgs& args) const { return cmd_run(args, session); }
  ExitCode operator()(const ExploreArgs& args) const { return cmd_explore(args, session); }
  ExitCode operator()(const ReplayArgs& args) const { return cmd_replay(args, session); }
  ExitCode operator()(const CheckArgs& args) const { return cmd_check(args, session); }
  ExitCode operator()(const ReportArgs& args) const { return cmd_report(args, session); }
  ExitCode operator()(const ValidateArgs& args) const { return cmd_validate(args, session); }
  ExitCode operator()(const ListArgs& args) const { return cmd_list(args, session); }
  ExitCode operator()(const NewArgs& args) const { return cmd_new(args, session); }
  ExitCode operator()(const ProxyArgs& args) const { return cmd_proxy(args, session); }
  ExitCode operator()(const DoctorArgs& args) const { return cmd_doctor(args, session); }
};

int run_program(int argc, const char* const* argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto parsed = parse_command_line(argc, argv);
  if (const ExitCode* code = std::get_if<ExitCode>(&parsed)) return static_cast<int>(*code);
  const Parsed& line = std::get<Parsed>(parsed);
  if (line.session.verbose) log::set_level(log::Level::debug);
  const ExitCode code = std::visit(Dispatch{line.session}, line.command);
  std::cout.flush();
  return static_cast<int>(code);
}
}  // namespace

}  // namespace stormproof

int main(int argc, char** argv) {
  try {
    return stormproof::run_program(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "stormproof: bug: " << failure.what() << '\n';
    return static_cast<int>(stormproof::ExitCode::environment);
  }
}
