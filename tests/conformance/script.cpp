#include "tests/conformance/script.h"

#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <fstream>

namespace stormproof::conformance {

namespace {

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

struct Block {
  std::size_t line = 0;
  std::vector<std::string> lines;
};

bool is_header(const std::string& line) {
  const auto colon = line.find(": ");
  return colon != std::string::npos && line.find_first_of("{[\" ") > colon;
}

Exchange exchange_of(const Block& block, const std::string& where) {
  Exchange exchange;
  exchange.where = where;
  const std::string& first = block.lines.front();
  const auto space = first.find(' ');
  exchange.method = first.substr(0, space);
  exchange.target = first.substr(space + 1);
  std::size_t i = 1;
  while (i < block.lines.size() && is_header(block.lines[i])) exchange.headers.push_back(block.lines[i++]);
  while (i < block.lines.size() && !block.lines[i].starts_with("-> ")) exchange.body += block.lines[i++];
  if (i == block.lines.size() || space == std::string::npos) {
    ADD_FAILURE() << where << ": no reply stands there";
    return exchange;
  }
  const std::string verdict = block.lines[i++].substr(3);
  exchange.status = std::stoi(verdict);
  if (const auto type = verdict.find(' '); type != std::string::npos) exchange.content_type = verdict.substr(type + 1);
  while (i < block.lines.size()) exchange.reply += block.lines[i++];
  if (exchange.reply.ends_with("\\n")) exchange.reply.replace(exchange.reply.size() - 2, 2, "\n");
  return exchange;
}

}  // namespace

std::vector<Exchange> read_script(const std::string& path, const std::map<std::string, std::string>& values) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<Exchange> script;
  std::string part;
  Block block;
  const std::string name = std::filesystem::path(path).filename().string();
  const auto finish = [&] {
    if (!block.lines.empty()) {
      script.push_back(exchange_of(block, name + ':' + std::to_string(block.line) + " (" + part + ')'));
    }
    block.lines.clear();
  };
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    for (const auto& [key, value] : values) replace_all(line, '{' + key + '}', value);
    if (line.starts_with("## ")) part = line.substr(3);
    if (line.empty()) finish();
    if (line.empty() || line.starts_with('#')) continue;
    if (block.lines.empty()) block.line = number;
    block.lines.push_back(line);
  }
  finish();
  EXPECT_FALSE(script.empty()) << path;
  return script;
}

bool matches(std::string_view pattern, std::string_view text) {
  constexpr std::string_view kPort = "{port}";
  while (!pattern.empty()) {
    if (pattern.starts_with(kPort)) {
      pattern.remove_prefix(kPort.size());
      if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) == 0) return false;
      while (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
    } else {
      if (text.empty() || text.front() != pattern.front()) return false;
      pattern.remove_prefix(1);
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

void play(const std::vector<Exchange>& script, const std::function<Reply(const Exchange&)>& ask) {
  for (const Exchange& exchange : script) {
    SCOPED_TRACE(exchange.where + ": " + exchange.method + ' ' + exchange.target + ' ' + exchange.body);
    const Reply reply = ask(exchange);
    EXPECT_EQ(reply.status, exchange.status);
    EXPECT_EQ(reply.content_type, exchange.content_type);
    EXPECT_TRUE(matches(exchange.reply, reply.body)) << "expected " << exchange.reply << "\ngot      " << reply.body;
  }
}

}  // namespace stormproof::conformance
