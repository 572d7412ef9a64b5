#include "targets/stream/server/dataset.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace streams {

Dataset read_dataset(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read the dataset " + path.string());
  Dataset dataset;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    try {
      const auto json = nlohmann::json::parse(line);
      dataset[json.at("key").get<std::string>()].push_back(
          {json.at("id").get<std::string>(), json.at("seq").get<std::int64_t>(), json.at("payload").get<std::string>(),
           json.at("digest").get<std::string>(), json.value("poison", "")});
    } catch (const nlohmann::json::exception& error) {
      throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  for (auto& [stream, records] : dataset) {
    std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  }
  return dataset;
}

}  // namespace streams
