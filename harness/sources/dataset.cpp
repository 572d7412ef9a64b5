/// Writes a file of records which a target must process: one JSON object a line, {"id","key","seq","payload","digest"};
/// key is the stream, seq counts from 1 within it. A bad record's payload does not match its digest; a poison record
/// carries "poison":"server" or "poison":"client". Bad and poison records must not take effect: they are recorded as
/// failed. To try it alone: the targets' `--dataset={source.path}`.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "harness/base/fd.h"
#include "harness/sources/catalog.h"
#include "harness/sources/workload.h"

namespace stormproof::sources {

namespace {

enum class Flaw : std::uint8_t { none, bad, poison_server, poison_client };

constexpr std::size_t kFlawed = 3;
constexpr std::array<const char*, kFlawed> kFlawParams = {"bad", "poison_server", "poison_client"};

/// Each flaw on as many distinct records as asked for, uniformly.
Result<std::vector<Flaw>> draw_flaws(const Params& params, std::uint64_t records, Rng rng) {
  std::uint64_t wanted = 0;
  for (const char* name : kFlawParams) wanted += static_cast<std::uint64_t>(params.integer(name));
  if (wanted > records) {
    return usage_error(fmt::format("the dataset has {} records, but {} are to be bad or poison", records, wanted),
                       "raise `records`, or lower `bad`, `poison_server` and `poison_client`");
  }
  std::vector<Flaw> flaws(records, Flaw::none);
  for (std::size_t kind = 0; kind < kFlawParams.size(); ++kind) {
    for (std::int64_t left = params.integer(kFlawParams[kind]); left > 0;) {
      auto& at = flaws[static_cast<std::size_t>(rng.between(0, static_cast<std::int64_t>(records) - 1))];
      if (at != Flaw::none) continue;
      at = static_cast<Flaw>(kind + 1);
      --left;
    }
  }
  return flaws;
}

/// Another payload of the same size, so that only the digest tells.
std::string spoiled(std::string payload) {
  if (payload.empty()) return "x";
  char& at = payload[payload.size() / 2];
  at = at == 'X' ? 'Y' : 'X';
  return payload;
}

void append_record(std::string& into, const Message& message, Flaw flaw) {
  fmt::format_to(std::back_inserter(into), R"({{"id":"{}","key":"{}","seq":{},"payload":"{}","digest":"{}")",
                 message.id, message.key, message.seq, flaw == Flaw::bad ? spoiled(message.payload) : message.payload,
                 message.digest);
  if (flaw == Flaw::poison_server) into += R"(,"poison":"server")";
  if (flaw == Flaw::poison_client) into += R"(,"poison":"client")";
  into += "}\n";
}

class Writer {
 public:
  explicit Writer(std::string path)
      : path_(std::move(path)), fd_(open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}

  Status write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = fd_ ? ::write(fd_.get(), bytes.data(), bytes.size()) : -1;
      if (written < 0 && fd_ && errno == EINTR) continue;
      if (written <= 0) {
        return environment_error(
            fmt::format("cannot write the dataset {}: {}", path_, std::generic_category().message(errno)),
            "make room on the disk, or choose another directory with --out");
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

 private:
  std::string path_;
  Fd fd_;
};

class Dataset final : public Source {
 public:
  Dataset(const SourceSpec& spec, const SourceContext& context) : params_(spec.params), context_(context) {}

  Status prepare(std::map<std::string, std::string>& values) override {
    const auto records = static_cast<std::uint64_t>(params_.integer("records"));
    const auto streams = static_cast<std::uint64_t>(params_.integer("streams"));
    const Result<std::vector<Flaw>> flaws = draw_flaws(params_, records, context_.rng.fork("flaws"));
    if (!flaws) return flaws.error();
    const std::string path = (context_.directory / "dataset.jsonl").string();
    if (Status s = write_records(path, records, streams, *flaws); !s) return s;
    values["path"] = path;
    values["records"] = std::to_string(records);
    values["streams"] = std::to_string(streams);
    return {};
  }

  Status start(const Params& params) override {
    (void)params;
    return {};
  }
  bool finished() const override { return true; }
  void stop() override {}

 private:
  Status write_records(const std::string& path, std::uint64_t records, std::uint64_t streams,
                       const std::vector<Flaw>& flaws) {
    constexpr std::size_t kBuffer = 1U << 18U;
    Writer writer(path);
    std::string buffer;
    Rng payloads = context_.rng.fork("payloads");
    Message message;
    for (std::uint64_t n = 0; n < records; ++n) {
      message.id = fmt::format("r-{:06}", n + 1);
      message.key = fmt::format("s-{}", n % streams);
      message.seq = static_cast<std::int64_t>(n / streams) + 1;
      message.payload = random_payload(payloads, params_.size("payload"));
      message.digest = digest_of(message.payload);
      append_record(buffer, message, flaws[n]);
      record(message, flaws[n]);
      if (buffer.size() < kBuffer) continue;
      if (Status s = writer.write_all(buffer); !s) return s;
      buffer.clear();
    }
    return writer.write_all(buffer);
  }

  void record(const Message& message, Flaw flaw) {
    constexpr std::array<std::string_view, kFlawed + 1> kWhy = {"", "bad", "poison server", "poison client"};
    context_.recorder.record(message.event(EventType::invoke));
    context_.recorder.record(
        message.event(flaw == Flaw::none ? EventType::ok : EventType::fail, kWhy[static_cast<std::size_t>(flaw)]));
  }

  Params params_;
  SourceContext context_;
};

constexpr double kRecordsMax = 1e8;

constexpr std::array<ParamSpec, 6> kParams = {{
    {.name = "records",
     .type = ParamType::integer,
     .help = "how many records",
     .required = true,
     .low = 1,
     .high = kRecordsMax},
    {.name = "streams",
     .type = ParamType::integer,
     .help = "how many streams they are spread over; a record's key is its stream",
     .fallback = "8",
     .low = 1,
     .high = 1e6},
    {.name = "payload", .type = ParamType::size, .help = "size of each record's payload", .fallback = "64B"},
    {.name = "bad",
     .type = ParamType::integer,
     .help = "how many records have a payload that does not match their digest; they must not take effect",
     .fallback = "0",
     .low = 0,
     .high = kRecordsMax},
    {.name = "poison_server",
     .type = ParamType::integer,
     .help = "how many records throw in a naive server; they must not take effect",
     .fallback = "0",
     .low = 0,
     .high = kRecordsMax},
    {.name = "poison_client",
     .type = ParamType::integer,
     .help = "how many records throw in a naive client; they must not take effect",
     .fallback = "0",
     .low = 0,
     .high = kRecordsMax},
}};

constexpr std::array<std::string_view, 3> kValues = {"path", "records", "streams"};

}  // namespace

constinit const SourceKind dataset_kind{
    {{"dataset", "a file of records, written before the targets start, each of which must take effect once", kParams},
     kValues,
     false},
    [](const SourceSpec& spec, const SourceContext& context) -> std::unique_ptr<Source> {
      return std::make_unique<Dataset>(spec, context);
    }};

}  // namespace stormproof::sources
