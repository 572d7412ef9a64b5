// Every mistake has a golden case: tests/golden/scenario_errors/CASE/{input.toml, input.args (optional), expected.txt}.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/scenario/diagnostics.h"
#include "harness/scenario/scenario_reader.h"
#include "tests/support/golden.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_kinds.h"

namespace stormproof {
namespace {

namespace fs = std::filesystem;

/// Lines "--set level=x" and "--only level=x".
ReadOptions options_of(const fs::path& directory) {
  ReadOptions options;
  std::ifstream in(directory / "input.args");
  std::string option;
  std::string pair;
  while (in >> option >> pair) {
    const std::size_t equals = pair.find('=');
    auto& list = option == "--set" ? options.set : options.only;
    list.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return options;
}

TEST(ScenarioErrors, EachMistakeIsShownAsTheGoldenCaseSays) {
  for (const fs::path& directory : golden_cases("scenario_errors")) {
    SCOPED_TRACE(directory.filename().string());
    const ScenarioFile file =
        read_scenario_text("input.toml", read_file(directory / "input.toml"), test_kinds(), options_of(directory));
    EXPECT_FALSE(file.ok()) << "the input has no mistake";
    EXPECT_TRUE(file.cells.empty());
    expect_golden(directory / "expected.txt", render(file));
  }
}

std::string rendered(const fs::path& path, const fs::path& base) {
  std::string text = render(read_scenario_file(path, test_kinds(), {}));
  for (std::size_t at = text.find(base.string()); at != std::string::npos; at = text.find(base.string())) {
    text.replace(at, base.string().size(), "DIR");
  }
  return text;
}

TEST(ScenarioFileErrors, WhatIsNotAReadableFileIsSaidInOneLine) {
  const TempDir dir;
  EXPECT_EQ(rendered(dir / "absent.toml", dir.path()),
            "DIR/absent.toml: error: there is no such file\n"
            "  hint: `stormproof new NAME` writes a scenario to start from\n");
  EXPECT_EQ(rendered(dir.path(), dir.path()),
            "DIR: error: this is a directory\n"
            "  hint: give the files: DIR/*.toml\n");
  EXPECT_EQ(rendered(dir / "absent.toml/x.toml", dir.path()),
            "DIR/absent.toml/x.toml: error: there is no such file\n"
            "  hint: `stormproof new NAME` writes a scenario to start from\n");
}

TEST(ScenarioFileErrors, AFileOf100MegabytesIsRefusedWithoutBeingReadWhole) {
  const TempDir dir;
  const fs::path large = dir / "large.toml";
  std::ofstream(large) << "name = \"large\"\n";
  fs::resize_file(large, 100'000'000);  // sparse: costs no disk
  EXPECT_EQ(rendered(large, dir.path()),
            "DIR/large.toml: error: the file is larger than 1 MiB\n"
            "  hint: this is hardly a scenario; is the path right?\n");
  EXPECT_EQ(rendered("/dev/zero", dir.path()),
            "/dev/zero: error: the file is larger than 1 MiB\n"
            "  hint: this is hardly a scenario; is the path right?\n");
}

TEST(ScenarioFileErrors, ABinaryFileIsNotParsed) {
  const TempDir dir;
  std::ofstream(dir / "elf.toml", std::ios::binary) << std::string(
      "\x7f"
      "ELF\x02\x01\x01\0\0",
      9);
  EXPECT_EQ(rendered(dir / "elf.toml", dir.path()),
            "DIR/elf.toml: error: this is not a text file: byte 1 is 0x7f\n"
            "  hint: a scenario is TOML in UTF-8; `stormproof new NAME` writes one to start from\n");
  std::ofstream(dir / "latin1.toml", std::ios::binary) << "name = \"caf\xe9\"\n";
  EXPECT_EQ(rendered(dir / "latin1.toml", dir.path()),
            "DIR/latin1.toml: error: this is not a text file: byte 12 is 0xe9\n"
            "  hint: a scenario is TOML in UTF-8; `stormproof new NAME` writes one to start from\n");
}

TEST(ScenarioFileErrors, DeepNestingIsRefusedBeforeTheParserSeesIt) {
  for (const std::string& nested :
       {std::string(200000, '[') + "\n", "x = " + std::string(200000, '{'), "[" + std::string(200000, 'a') + "]\n", [] {
          std::string dotted = "a";
          for (int i = 0; i < 200000; ++i) dotted += ".a";
          return dotted + " = 1\n";
        }()}) {
    const ScenarioFile file = read_scenario_text("deep.toml", nested, test_kinds(), {});
    EXPECT_FALSE(file.ok());
  }
}

}  // namespace
}  // namespace stormproof
