/// A few kinds like the real ones, for tests that must not change when a plug-in does.
#pragma once

#include <array>
#include <chrono>

#include "harness/api/kind_info.h"

namespace stormproof {

inline const Kinds& test_kinds() {
  static constexpr std::array<ParamSpec, 1> kTerm{
      {{.name = "grace", .type = ParamType::duration, .help = "from SIGTERM to SIGKILL"}}};
  static constexpr std::array<ParamSpec, 1> kCrashLoop{
      {{.name = "times", .type = ParamType::integer, .help = "how often", .fallback = "3", .low = 1, .high = 100}}};
  static constexpr std::array<ParamSpec, 2> kLatency{
      {{.name = "latency", .type = ParamType::duration, .help = "added to every chunk", .required = true},
       {.name = "jitter", .type = ParamType::duration, .help = "up to this much more", .fallback = "0s"}}};
  static constexpr std::array<ParamSpec, 1> kBandwidth{
      {{.name = "rate", .type = ParamType::rate, .help = "bytes let through", .required = true}}};
  static constexpr FaultKindInfo kFaults[] = {
      {{"bandwidth", "limits the rate of a link", kBandwidth}, FaultScope::link},
      {{"blackhole", "swallows all bytes", {}}, FaultScope::link},
      {{"crash_loop", "kills again and again", kCrashLoop}, FaultScope::process, true},
      {{"down", "the port refuses", {}}, FaultScope::link, true, false, false, true},
      {{"kill", "SIGKILL", {}}, FaultScope::process, false},
      {{"latency", "delays bytes", kLatency}, FaultScope::link, true},
      {{"partition", "nothing passes", {}}, FaultScope::link, true, false, true},
      {{"pause", "SIGSTOP, then SIGCONT", {}}, FaultScope::process, true},
      {{"term", "SIGTERM", kTerm}, FaultScope::process, false}};
  static constexpr std::array<const FaultKindInfo*, 9> kFaultList{&kFaults[0], &kFaults[1], &kFaults[2],
                                                                  &kFaults[3], &kFaults[4], &kFaults[5],
                                                                  &kFaults[6], &kFaults[7], &kFaults[8]};

  static constexpr std::array<ParamSpec, 2> kDataset{
      {{.name = "records",
        .type = ParamType::integer,
        .help = "how many",
        .fallback = "1000",
        .low = 1,
        .high = 10000000},
       {.name = "payload", .type = ParamType::size, .help = "bytes of each", .fallback = "64B"}}};
  static constexpr std::string_view kMessageValues[] = {"id", "seq"};
  static constexpr std::string_view kMethods[] = {"POST", "PUT"};
  static constexpr std::array<ParamSpec, 5> kHttp{
      {{.name = "url", .type = ParamType::text, .help = "where to send", .required = true},
       {.name = "body", .type = ParamType::text, .help = "template", .fallback = "{id}"},
       {.name = "method", .type = ParamType::choice, .help = "verb", .fallback = "POST", .choices = kMethods},
       {.name = "headers", .type = ParamType::text_map, .help = "sent along"},
       {.name = "argv", .type = ParamType::text_list, .help = "a list, for tests"}}};
  static constexpr std::string_view kDatasetValues[] = {"path"};
  static constexpr SourceKindInfo kSources[] = {{{"dataset", "records in a file", kDataset}, kDatasetValues, false},
                                                {{"http", "POSTs messages", kHttp}, {}, true, kMessageValues}};
  static constexpr std::array<const SourceKindInfo*, 2> kSourceList{&kSources[0], &kSources[1]};

  static constexpr std::array<ParamSpec, 2> kSqlite{
      {{.name = "path", .type = ParamType::text, .help = "the file", .required = true},
       {.name = "query", .type = ParamType::text, .help = "yields id, key, seq, digest", .required = true}}};
  static constexpr std::array<ParamSpec, 2> kLog{
      {{.name = "target", .type = ParamType::text, .help = "whose output", .required = true},
       {.name = "pattern", .type = ParamType::regex, .help = "with a group for the id", .required = true}}};
  static constexpr WitnessKindInfo kWitnesses[] = {{{"http", "POST /effects", {}}, true},
                                                   {{"log", "lines of output", kLog}, false},
                                                   {{"sqlite", "rows of a table", kSqlite}, false}};
  static constexpr std::array<const WitnessKindInfo*, 3> kWitnessList{&kWitnesses[0], &kWitnesses[1], &kWitnesses[2]};

  static constexpr std::string_view kOrders[] = {"key", "stream"};
  static constexpr std::array<ParamSpec, 1> kInOrder{
      {{.name = "by", .type = ParamType::choice, .help = "what is ordered", .fallback = "key", .choices = kOrders}}};
  static constexpr std::array<ParamSpec, 2> kRecovery{
      {{.name = "within", .type = ParamType::duration, .help = "bound", .required = true},
       {.name = "share", .type = ParamType::probability, .help = "of the heals", .fallback = "1"}}};
  static constexpr InvariantKindInfo kInvariants[] = {{{"exactly_once", "each message once", {}}, {}},
                                                      {{"graceful_stop", "clean exit after SIGTERM", {}}, {}},
                                                      {{"in_order", "order per key", kInOrder}, "by"},
                                                      {{"recovery", "soon after a heal", kRecovery}, "within"}};
  static constexpr std::array<const InvariantKindInfo*, 4> kInvariantList{&kInvariants[0], &kInvariants[1],
                                                                          &kInvariants[2], &kInvariants[3]};
  static constexpr Kinds kKinds{kFaultList, kSourceList, kWitnessList, kInvariantList};
  return kKinds;
}

}  // namespace stormproof
