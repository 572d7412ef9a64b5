#include "harness/cli/output.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>

#include "harness/cli/commands.h"
#include "harness/run/run_dir.h"
#include "reports/catalog.h"
#include "reports/console.h"
#include "reports/verdict_json.h"

namespace stormproof {

namespace fs = std::filesystem;

namespace {
Error cannot_write(const fs::path& file) {
  return environment_error(fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
                           "check the free space and the rights of the output directory");
}

Status write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) return cannot_write(file);
  return {};
}
}  // namespace

std::unique_ptr<ProgressListener> console(bool json, bool verbose) {
  static const SteadyClock clock;
  ConsoleOptions options = detect_console(STDERR_FILENO, STDOUT_FILENO);
  options.json = json;
  options.verbose = verbose;
  options.clock = &clock;
  return make_console(std::cerr, std::cout, options);
}

void VerdictWriter::on_end(std::size_t run, const RunSummary& summary) {
  std::error_code ignored;
  if (fs::is_directory(summary.run_dir, ignored)) {
    Status written = write_text(summary.run_dir / "verdict.json", verdict_json(summary));
    if (status_ && !written) status_ = std::move(written);
  }
  next_.on_end(run, summary);
}

Status write_verdict(const RunSummary& summary, const fs::path& directory) {
  return write_text(directory / "verdict.json", verdict_json(summary));
}

Status write_reports(const CampaignSummary& campaign) {
  std::error_code failure;
  fs::create_directories(campaign.directory, failure);
  for (const ReportKind* kind : report_kinds()) {
    const fs::path file = campaign.directory / kind->file;
    std::ofstream out(file, std::ios::binary);
    if (!out) return cannot_write(file);
    if (Status written = kind->write(campaign, out); !written) return written;
    out.close();
    if (!out) return cannot_write(file);
  }
  return {};
}

fs::path default_out(const std::string& name) {
  const auto now = static_cast<std::time_t>(wall_seconds());
  std::tm local{};
  ::localtime_r(&now, &local);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &local);
  const std::string base = fmt::format("{}-{}", stamp, file_name_for(name));
  std::error_code ignored;
  fs::path out = fs::path("stormproof-out") / base;
  for (int n = 2; fs::exists(out, ignored); ++n) out = fs::path("stormproof-out") / fmt::format("{}-{}", base, n);
  return out;
}

ExitCode complain(const Error& error) {
  std::cerr << "stormproof: error: " << error.message << '\n';
  if (!error.hint.empty()) std::cerr << "hint: " << error.hint << '\n';
  switch (error.code) {
    case ErrorCode::usage: return ExitCode::usage;
    case ErrorCode::interrupted: return ExitCode::interrupted;
    case ErrorCode::environment:
    case ErrorCode::internal: break;
  }
  return ExitCode::environment;
}

}  // namespace stormproof
