/// Serves the streams. What it does when a reader leaves is what the levels differ in.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "stream/v1/stream.grpc.pb.h"
#include "targets/stream/common/levels.h"
#include "targets/stream/common/threads.h"
#include "targets/stream/server/dataset.h"

namespace streams {

class Service final : public stream::v1::Streams::Service {
 public:
  Service(Dataset dataset, Level level, Bug bug, std::chrono::nanoseconds pace);

  grpc::Status List(grpc::ServerContext* context, const stream::v1::ListRequest* request,
                    stream::v1::ListReply* reply) override;
  grpc::Status Read(grpc::ServerContext* context, const stream::v1::ReadRequest* request,
                    grpc::ServerWriter<stream::v1::Record>* writer) override;

  /// Ends every stream in progress.
  void stop() { stop_.raise(); }

 private:
  std::int64_t place(const stream::v1::ReadRequest& request);
  void sent(const std::string& stream, std::int64_t seq);

  const Dataset dataset_;
  const Level level_;
  const Bug bug_;
  const std::chrono::nanoseconds pace_;
  Stop stop_;

  std::mutex mutex_;
  std::map<std::string, std::int64_t> cursors_;  ///< levels below resumable: what was sent is taken for received
};

}  // namespace streams
