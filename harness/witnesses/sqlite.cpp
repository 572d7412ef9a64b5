/// Effects are the rows of an append-only table in a target's SQLite file. Read while the target writes: by rowid where
/// the query has the usual shape, else completely whenever something was committed; at the end always completely, and
/// compared with what was seen before. README.md says how this stays out of the target's way.
#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <string>

#include "harness/witnesses/catalog.h"
#include "harness/witnesses/seen_effects.h"
#include "harness/witnesses/sqlite_reader.h"

namespace stormproof::witnesses {

namespace {

/// What stat says of the file; equal values mean that nobody wrote, up to the resolution of the file system's clock.
struct FileLook {
  bool there = false;
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  timespec modified{};

  static FileLook at(const std::string& path) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return {};
    return {true, info.st_dev, info.st_ino, info.st_size, info.st_mtim};
  }
  bool same_file(const FileLook& other) const { return device == other.device && inode == other.inode; }
  bool operator==(const FileLook& other) const {
    return there == other.there && same_file(other) && size == other.size && modified.tv_sec == other.modified.tv_sec &&
           modified.tv_nsec == other.modified.tv_nsec;
  }
};

class Sqlite final : public Witness {
 public:
  explicit Sqlite(const WitnessContext& context) : context_(context) {}

  Result<std::string> open() override { return std::string(); }

  Status configure(const Params& params) override {
    path_ = params.text("path");
    query_ = params.text("query");
    if (Status s = check_query(query_); !s) {
      return usage_error(fmt::format("witness {}: {}", context_.name, s.error().message), s.error().hint);
    }
    incremental_ = incremental_query(query_);
    return {};
  }

  Status poll() override {
    if (context_.clock.now() < next_read_) return {};
    const FileLook look = FileLook::at(path_);
    if (!attend_to_file(look)) return {};
    if (!reader_.is_open()) {
      if (auto trouble = reader_.open(path_, SqliteReader::Access::look)) return explain(*trouble);
      opened_ = look;
    }
    if (!wal_ && quiet(look)) return {};
    return read_new(look);
  }

  Status drain() override {
    reader_.close();
    if (!FileLook::at(path_).there) {
      return usage_error(
          fmt::format("the database {} does not exist", path_),
          "check the witness's `path`, and in the target's log whether it got as far as making its store");
    }
    seen_.begin_pass();
    nameless_ = 0;
    auto trouble = read_completely(SqliteReader::Access::look);
    // A dead writer's journal must be rolled back first; the targets have stopped, so that nobody is disturbed.
    if (trouble) {
      seen_.begin_pass();
      nameless_ = 0;
      trouble = read_completely(SqliteReader::Access::recover);
    }
    reader_.close();
    if (trouble) return explain(*trouble, true);
    note_findings();
    return {};
  }

 private:
  /// False while there is nothing to open. Lets go of a file that was removed or replaced.
  bool attend_to_file(const FileLook& look) {
    const bool replaced = reader_.is_open() && (!look.there || !look.same_file(opened_));
    if (replaced) {
      reader_.close();
      wal_ = false;
      last_rowid_ = kBeforeAll;
      reread_ = true;
      note(fmt::format("{} was {} while the run was in progress", path_, look.there ? "replaced" : "removed"));
    }
    return look.there && look.size > 0;
  }

  /// Without WAL even a reader's short lock can make a writer wait: look only after something was written. A write
  /// within the same tick of the file system's clock is caught by looking twice more.
  bool quiet(const FileLook& look) {
    constexpr int kLooksAfterChange = 2;
    unchanged_looks_ = look == last_look_ ? unchanged_looks_ + 1 : 0;
    last_look_ = look;
    return unchanged_looks_ > kLooksAfterChange;
  }

  Status read_new(const FileLook& look) {
    constexpr Nanos kPauseWithoutWal = std::chrono::milliseconds(40);
    constexpr int kPauseFactor = 10;  // complete reads may take a tenth of a core at most
    const Nanos begin = context_.clock.now();
    unread_ = unread_ || !wal_ || reader_.changed();
    if (!unread_) return {};
    std::optional<SqliteReader::Failure> trouble;
    const bool by_rowid = incremental_.has_value() && !reread_;
    std::uint64_t nameless = 0;
    if (by_rowid) {
      trouble = reader_.read_after(
          *incremental_, &last_rowid_,
          [this](const EventView& row) {
            seen_.add(row);
            record(row);
          },
          &nameless);
    } else {
      seen_.begin_pass();
      trouble = read_rows(&nameless);
    }
    if (!trouble) wal_ = wal_ || reader_.uses_wal();
    next_read_ = begin + (by_rowid ? Nanos{} : (context_.clock.now() - begin) * kPauseFactor) +
                 (wal_ || trouble ? Nanos{} : kPauseWithoutWal);
    if (trouble) {
      last_look_ = {};  // the same file again next time
      opened_ = look;
      return explain(*trouble);
    }
    unread_ = false;
    return {};
  }

  std::optional<SqliteReader::Failure> read_rows(std::uint64_t* nameless) {
    return reader_.read_all(
        query_,
        [this](const EventView& row) {
          if (seen_.take(row)) record(row);
        },
        nameless);
  }

  std::optional<SqliteReader::Failure> read_completely(SqliteReader::Access access) {
    reader_.close();
    if (auto trouble = reader_.open(path_, access)) return trouble;
    return read_rows(&nameless_);
  }

  void record(EventView row) {
    if (row.by.empty()) row.by = context_.name;
    context_.recorder.record(row);
  }

  void note(const std::string& detail) {
    EventView event;
    event.type = EventType::note;
    event.by = context_.name;
    event.detail = detail;
    context_.recorder.record(event);
  }

  void note_findings() {
    if (nameless_ > 0) note(fmt::format("{} rows without an id were ignored", nameless_));
    if (seen_.missing_after_pass() == 0) return;
    const std::string detail = fmt::format(
        "witness {}: {} rows that were seen before are gone from {}, or were changed: it is not append-only",
        context_.name, seen_.missing_after_pass(), path_);
    EventView event;
    event.type = EventType::note;
    event.id = "unknown";
    event.by = "harness";
    event.detail = detail;
    context_.recorder.record(event);
  }

  /// A lock or a missing table is nothing to talk about while the target runs.
  Status explain(const SqliteReader::Failure& failure, bool at_end = false) const {
    if (failure.trouble == SqliteReader::Trouble::not_yet && !at_end) return {};
    const std::string message = fmt::format("cannot read the database {}: {}", path_, failure.message);
    return no_such(failure) ? usage_error(message, hint_for(failure)) : environment_error(message, hint_for(failure));
  }

  static bool no_such(const SqliteReader::Failure& failure) {
    return failure.message.find("no such") != std::string::npos;
  }

  static std::string hint_for(const SqliteReader::Failure& failure) {
    if (failure.message.find("locked") != std::string::npos) {
      return "another process still holds it; it must end, or close its transaction, when its target stops";
    }
    if (no_such(failure)) {
      return "check the witness's `query` against what the target makes";
    }
    return "check the witness's `path`: it must be an SQLite 3 file";
  }

  static constexpr std::int64_t kBeforeAll = INT64_MIN;

  WitnessContext context_;
  std::string path_;
  std::string query_;
  std::optional<std::string> incremental_;
  SqliteReader reader_;
  SeenEffects seen_;
  FileLook opened_;
  FileLook last_look_;
  int unchanged_looks_ = 0;
  std::int64_t last_rowid_ = kBeforeAll;
  bool reread_ = false;  ///< a replaced file may hold rows that were recorded already
  bool wal_ = false;
  bool unread_ = false;  ///< a commit was noticed, but the read after it failed
  Nanos next_read_{};
  std::uint64_t nameless_ = 0;
};

constexpr std::array<ParamSpec, 2> kParams = {{
    {.name = "path", .type = ParamType::text, .help = "the SQLite file; it need not exist yet", .required = true},
    {.name = "query",
     .type = ParamType::text,
     .help = "yields one row an effect: column id, and if there are key, seq, digest, by; of an append-only table",
     .fallback = "select id, key, seq, digest from ledger order by rowid",
     .check = &check_query},
}};

}  // namespace

constinit const WitnessKind sqlite_kind{
    {{"sqlite", "the rows of an append-only table in a target's SQLite file", kParams}, false},
    [](const WitnessSpec& spec, const WitnessContext& context) -> std::unique_ptr<Witness> {
      (void)spec;
      return std::make_unique<Sqlite>(context);
    }};

}  // namespace stormproof::witnesses
