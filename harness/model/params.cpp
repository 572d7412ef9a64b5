#include "harness/model/params.h"

#include "harness/base/assert.h"

namespace stormproof {

void Params::set(std::string name, ParamValue value, SourceRange where) {
  entries_.insert_or_assign(std::move(name), Entry{std::move(value), where});
}

bool Params::has(std::string_view name) const { return entries_.find(name) != entries_.end(); }

SourceRange Params::where(std::string_view name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? SourceRange{} : found->second.where;
}

const Params::Entry& Params::at(std::string_view name) const {
  const auto found = entries_.find(name);
  STORMPROOF_ASSERT(found != entries_.end(), "a plug-in read a parameter that its ParamSpecs do not fill");
  return found->second;
}

namespace {
template <class T>
const T& typed(const ParamValue& value) {
  const T* held = std::get_if<T>(&value);
  STORMPROOF_ASSERT(held != nullptr, "a plug-in read a parameter with another type than its ParamSpec says");
  return *held;
}
}  // namespace

bool Params::boolean(std::string_view name) const { return typed<bool>(at(name).value); }
std::int64_t Params::integer(std::string_view name) const { return typed<std::int64_t>(at(name).value); }
double Params::number(std::string_view name) const { return typed<double>(at(name).value); }
const std::string& Params::text(std::string_view name) const { return typed<std::string>(at(name).value); }
Nanos Params::duration(std::string_view name) const { return typed<Nanos>(at(name).value); }
std::uint64_t Params::size(std::string_view name) const { return typed<std::uint64_t>(at(name).value); }
const std::vector<std::string>& Params::list(std::string_view name) const {
  return typed<std::vector<std::string>>(at(name).value);
}
const TextMap& Params::map(std::string_view name) const { return typed<TextMap>(at(name).value); }

}  // namespace stormproof
