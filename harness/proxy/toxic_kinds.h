/// The types of toxics: Toxiproxy's own, under its names, attributes and units, and every link kind of this program
/// under the names of its parameters. A kind that both know has Toxiproxy's attributes and, beside them, what ours can
/// do more.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/fault.h"
#include "harness/proxy/model.h"

namespace stormproof {

/// An attribute of Toxiproxy and the parameter of ours it stands for.
struct ToxicAttribute {
  enum class Unit { milliseconds, microseconds, bytes, kilobytes_per_second, fraction };
  std::string_view name;
  std::string_view parameter;
  Unit unit = Unit::milliseconds;
  std::string_view fallback = "0";
};

struct ToxicType {
  std::string_view name;
  const FaultKind* kind = nullptr;                  ///< nullptr: noop, which does nothing
  std::span<const ToxicAttribute> attributes = {};  ///< empty: a kind of ours alone
  std::string_view go_name = {};                    ///< Toxiproxy's struct, which its errors name: "LatencyToxic"
};

class ToxicKinds {
 public:
  /// `kinds` outlive the object. Those that arm nothing on a link are left out.
  explicit ToxicKinds(std::span<const FaultKind* const> kinds);

  /// nullptr when there is no such type.
  const ToxicType* find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::vector<ToxicType> types_;
};

/// What a toxic has when no attribute is given.
Attributes default_attributes(const ToxicType& type);

/// Takes over what `given` names; null values change nothing. Attributes of Toxiproxy are whole numbers of any size;
/// parameters of ours are checked, and are numbers (ms, bytes, KB/s) or texts with a unit ("50ms"). The error names the
/// attribute; `attributes` is unchanged then.
Status merge_attributes(const ToxicType& type, const JsonValue& given, Attributes& attributes);

/// The fault a toxic stands for; nullptr for noop. What is out of range in Toxiproxy's attributes is taken for the
/// nearest that makes sense (harness/proxy/README.md has the table). Chance comes from `stream`. An error when a
/// parameter that the kind requires was not given.
Result<std::shared_ptr<LinkFault>> make_toxic(const ToxicType& type, const ToxicSpec& toxic, const std::string& link,
                                              std::uint64_t stream);

}  // namespace stormproof
