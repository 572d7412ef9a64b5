/// The records to serve, read once from a file of JSON lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace streams {

struct StoredRecord {
  std::string id;
  std::int64_t seq = 0;
  std::string payload;
  std::string digest;
  std::string poison;  ///< "server", "client" or empty: who chokes on it
};

/// Stream name to its records, ascending by seq.
using Dataset = std::map<std::string, std::vector<StoredRecord>>;

/// Throws std::runtime_error naming file and line.
Dataset read_dataset(const std::filesystem::path& path);

}  // namespace streams
