/// A recorded request script: requests and the exact replies they must get. See requests.script for the form.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof::conformance {

struct Exchange {
  std::string where;  ///< "requests.script:17 (create)"
  std::string method;
  std::string target;
  std::vector<std::string> headers;
  std::string body;
  int status = 0;
  std::string content_type;  ///< empty: the reply has none
  std::string reply;
};

struct Reply {
  int status = 0;
  std::string content_type;
  std::string body;
};

/// Reads the file; {name} of `values` is replaced. Fails the calling test when a block is not of the form.
std::vector<Exchange> read_script(const std::string& path, const std::map<std::string, std::string>& values);

/// Whether `text` is what `pattern` says, where {port} stands for any digits.
bool matches(std::string_view pattern, std::string_view text);

/// Sends each request and fails the calling test for each reply that differs.
void play(const std::vector<Exchange>& script, const std::function<Reply(const Exchange&)>& ask);

}  // namespace stormproof::conformance
