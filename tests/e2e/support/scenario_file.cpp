#include "tests/e2e/support/scenario_file.h"

#include <fstream>

namespace stormproof::e2e {

std::string scenario_text(const Parts& parts) {
  return "name = \"e2e\"\n" + parts.top + R"(
[targets.apply]
command = ["python3", ")" +
         std::string(STORMPROOF_SOURCE_DIR) + R"(/tests/e2e/targets/apply.py", "--dataset={source.path}",
           "--db={shared}/ledger.db", )" +
         parts.arguments + "]\nready = " + parts.ready + "\n" + parts.target + R"(
[source]
kind = "dataset"
records = )" +
         std::to_string(parts.records) + R"(

[witness.ledger]
kind = "sqlite"
path = "{shared}/ledger.db"
query = "select id, key, seq, digest from ledger order by rowid"

)" + parts.rest;
}

std::string Workplace::write(const std::string& name, const std::string& text) const {
  const std::string file = path(name + ".toml");
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

}  // namespace stormproof::e2e
