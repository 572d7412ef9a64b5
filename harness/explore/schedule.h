/// A schedule: the faults of one trial, with nothing left to chance, and the size of its workload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/model/scenario.h"

namespace stormproof {

struct Schedule {
  std::vector<FaultSpec> faults;  ///< with unique names; `after` names one of them
  std::int64_t messages = 0;      ///< 0: as many as the scenario says
};

/// Two schedules with the same text are the same schedule.
std::string to_text(const Schedule& schedule);
/// "kill client/0, effects = 317, restart 200ms": a fault in one line, for people.
std::string describe_fault(const FaultSpec& fault);

/// Whether what strikes `wide` strikes `narrow`: "client" covers "client/0".
bool covers(const std::string& wide, const std::string& narrow);
/// Processes that it strikes end.
bool ends_processes(const FaultSpec& fault);

/// `stem`, or `stem-2`, `stem-3`, …: the first that no fault of the schedule bears.
std::string free_name(const Schedule& schedule, const std::string& stem);

/// Without fault `index`. What waited for it inherits its trigger, so that its own moment stays about the same.
Schedule without(const Schedule& schedule, std::size_t index);

/// Drops what the scenario language forbids: the same kind at the same instant on the same thing twice, and an `after`
/// that names no fault (its fault goes too).
void make_valid(Schedule& schedule);

/// How many messages the source sends, and the parameter that says so ("records", "messages"); nothing for a source
/// without such a parameter.
struct Workload {
  std::string param;
  std::int64_t messages = 0;
};
std::optional<Workload> workload_of(const Scenario& scenario);

/// The scenario with these faults and this workload, and without matrix, expectations and [explore].
Scenario with_schedule(const Scenario& base, const Schedule& schedule);

}  // namespace stormproof
