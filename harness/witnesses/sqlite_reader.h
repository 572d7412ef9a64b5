/// Reads effects out of an SQLite file that other processes are writing. Only sqlite_reader.cpp includes sqlite3.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/model/event.h"

namespace stormproof::witnesses {

/// Says before anything runs whether a query can work: its syntax, that it is one statement which only reads, and that
/// it yields a column "id". Tables and columns it names are taken to exist. A query through "*" cannot be judged yet.
Status check_query(const std::string& query);

/// "select COLUMNS from TABLE order by rowid", when the query has that shape, as the query for the rows after a rowid:
/// two parameters, the last rowid seen and the most rows wanted; its last column is the rowid. Otherwise nothing.
std::optional<std::string> incremental_query(const std::string& query);

/// One open database. Not thread-safe. Holds no lock between calls (in WAL mode: none that hinders a writer).
class SqliteReader {
 public:
  enum class Trouble {
    not_yet,  ///< locked, no such table, a journal that its writer must roll back: may pass by itself
    broken,   ///< not a database, malformed, an I/O error, a query that cannot work
  };
  struct Failure {
    Trouble trouble = Trouble::not_yet;
    std::string message;  ///< SQLite's own words: "database is locked"
  };
  enum class Access {
    look,     ///< read-only, waits for no lock
    recover,  ///< may roll a dead writer's journal back; waits for locks up to two seconds
  };
  using OnRow = std::function<void(const EventView& row)>;

  SqliteReader();
  ~SqliteReader();
  SqliteReader(SqliteReader&&) noexcept;
  SqliteReader& operator=(SqliteReader&&) noexcept;

  std::optional<Failure> open(const std::filesystem::path& path, Access access);
  bool is_open() const;
  void close();

  /// True when somebody committed since the last call. True the first time.
  bool changed();
  bool uses_wal();
  /// Every row of the query; NULL or empty ids are counted in `*nameless`.
  std::optional<Failure> read_all(const std::string& query, const OnRow& on_row, std::uint64_t* nameless);
  /// The rows after `*last_rowid`, which moves along.
  std::optional<Failure> read_after(const std::string& incremental, std::int64_t* last_rowid, const OnRow& on_row,
                                    std::uint64_t* nameless);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace stormproof::witnesses
