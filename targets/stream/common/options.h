/// --name=value options. Anything else on the command line ends the program with a sentence and exit status 2.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace streams {

class Options {
 public:
  struct Known {
    std::string_view name;
    std::string_view fallback;  ///< taken when the option is absent; "!" : must be given
    std::string_view help;
  };
  Options(int argc, char** argv, std::initializer_list<Known> known);

  const std::string& text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::chrono::nanoseconds duration(std::string_view name) const;  ///< "200us", "5ms", "1s", "0"

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Prints "PROGRAM: error: message" and exits with status 2.
[[noreturn]] void usage_error(std::string_view message);

}  // namespace streams
