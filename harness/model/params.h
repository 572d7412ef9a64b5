/// The parameters of a fault, source, witness or invariant: described by data (ParamSpec), read by name (Params).
/// One description drives validation, defaults, `stormproof list` and scenarios/REFERENCE.md.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/result.h"
#include "harness/model/source_range.h"

namespace stormproof {

enum class ParamType {
  boolean,
  integer,
  number,
  probability,  ///< a number in [0, 1]
  text,         ///< may hold placeholders; they are resolved before the plug-in sees the value
  regex,        ///< ECMAScript; checked when the scenario is read
  duration,     ///< "200ms"
  size,         ///< "64MiB"
  rate,         ///< "1Mbit/s"
  choice,       ///< one of `choices`
  text_list,    ///< ["a", "b"]
  text_map,     ///< { name = "value" }
};

struct ParamSpec {
  std::string_view name = {};
  ParamType type = ParamType::text;
  std::string_view help = {};  ///< one line, lower case
  bool required = false;
  std::string_view fallback = {};  ///< default, as in TOML without quotes; empty and not required: absent
  double low = 0;                  ///< bounds for integer and number; low == high: unbounded
  double high = 0;
  std::span<const std::string_view> choices = {};
  /// text only: what else a value without open placeholders must fulfil. The error is shown at the value's place.
  Status (*check)(const std::string& text) = nullptr;
};

using TextMap = std::map<std::string, std::string>;
using ParamValue =
    std::variant<bool, std::int64_t, double, std::string, Nanos, std::uint64_t, std::vector<std::string>, TextMap>;

/// Values checked against their ParamSpecs, defaults filled in. Reading a name the specs do not have, or with the
/// wrong type, is a programmer error; `has` tells whether an optional parameter without default was given.
class Params {
 public:
  void set(std::string name, ParamValue value, SourceRange where = {});
  bool has(std::string_view name) const;
  SourceRange where(std::string_view name) const;

  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;            ///< number, probability
  const std::string& text(std::string_view name) const;  ///< text, regex, choice
  Nanos duration(std::string_view name) const;
  std::uint64_t size(std::string_view name) const;  ///< size, rate (bytes, bytes a second)
  const std::vector<std::string>& list(std::string_view name) const;
  const TextMap& map(std::string_view name) const;

  struct Entry {
    ParamValue value;
    SourceRange where;
  };
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
  std::map<std::string, Entry, std::less<>>& entries() { return entries_; }

 private:
  const Entry& at(std::string_view name) const;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace stormproof
