#include "harness/witnesses/seen_effects.h"

#include <string>

#include "harness/base/rng.h"

namespace stormproof::witnesses {

namespace {
std::uint64_t hash_of(const EventView& row) {
  constexpr char kBetween = '\0';
  std::string all;
  all.reserve(row.id.size() + row.key.size() + row.digest.size() + row.by.size() + 32);
  all.append(row.id).push_back(kBetween);
  all.append(row.key).push_back(kBetween);
  all.append(row.digest).push_back(kBetween);
  all.append(row.by).push_back(kBetween);
  all.append(std::to_string(row.seq));
  return hash64(all);
}
}  // namespace

void SeenEffects::add(const EventView& row) {
  ++counts_[hash_of(row)].recorded;
  ++recorded_;
}

void SeenEffects::begin_pass() {
  ++pass_;
  recorded_before_pass_ = recorded_;
  matched_ = 0;
}

bool SeenEffects::take(const EventView& row) {
  Count& count = counts_[hash_of(row)];
  if (count.pass != pass_) {
    count.pass = pass_;
    count.in_pass = 0;
  }
  if (++count.in_pass <= count.recorded) {
    ++matched_;
    return false;
  }
  count.recorded = count.in_pass;
  ++recorded_;
  return true;
}

}  // namespace stormproof::witnesses
