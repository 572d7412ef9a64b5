/// The parameters that every pushing source shares, so that they are spelled and explained once.
#pragma once

#include "harness/base/result.h"
#include "harness/model/params.h"
#include "harness/sources/pusher.h"

namespace stormproof::sources {

constexpr double kMessagesMax = 1e8;
constexpr double kConcurrencyMax = 256;

constexpr ParamSpec kMessagesParam{.name = "messages",
                                   .type = ParamType::integer,
                                   .help = "how many messages to send",
                                   .required = true,
                                   .low = 1,
                                   .high = kMessagesMax};
constexpr ParamSpec kRateParam{.name = "rate",
                               .type = ParamType::integer,
                               .help = "messages a second; 0: as fast as they are answered",
                               .fallback = "0",
                               .low = 0,
                               .high = 1e6};
constexpr ParamSpec kConcurrencyParam{.name = "concurrency",
                                      .type = ParamType::integer,
                                      .help = "how many may be in flight at once; at most one a key unless unordered",
                                      .fallback = "4",
                                      .low = 1,
                                      .high = kConcurrencyMax};
constexpr ParamSpec kKeysParam{.name = "keys",
                               .type = ParamType::integer,
                               .help = "how many ordering keys the messages are spread over",
                               .fallback = "8",
                               .low = 1,
                               .high = 1e6};
constexpr ParamSpec kUnorderedParam{.name = "unordered",
                                    .type = ParamType::boolean,
                                    .help = "send a key's next message before the last one has its outcome",
                                    .fallback = "false"};
constexpr ParamSpec kPayloadParam{
    .name = "payload", .type = ParamType::size, .help = "size of {payload}", .fallback = "64B"};
constexpr ParamSpec kTimeoutParam{.name = "timeout",
                                  .type = ParamType::duration,
                                  .help = "how long to wait for an answer to one attempt; then the outcome is unknown",
                                  .fallback = "5s"};
constexpr ParamSpec kRetriesParam{
    .name = "retries",
    .type = ParamType::integer,
    .help =
        "further attempts with the same id when the outcome is unknown; a target that nobody reaches is then dialled "
        "until `timeout` instead of the message failing at once",
    .fallback = "0",
    .low = 0,
    .high = 1000};
constexpr ParamSpec kBackoffParam{
    .name = "backoff",
    .type = ParamType::duration,
    .help = "pause before the first retry; doubled for each further one, up to 32 times this",
    .fallback = "20ms"};

Workload workload_of(const Params& params, const Rng& rng);
PushOptions push_options_of(const Params& params);

/// A payload that fits in memory many times over. The error names the parameter.
Status check_payload(const Params& params);

}  // namespace stormproof::sources
