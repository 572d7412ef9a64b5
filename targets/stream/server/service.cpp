#include "targets/stream/server/service.h"

#include <stdexcept>

namespace streams {

Service::Service(Dataset dataset, Level level, Bug bug, std::chrono::nanoseconds pace)
    : dataset_(std::move(dataset)), level_(level), bug_(bug), pace_(pace) {}

grpc::Status Service::List(grpc::ServerContext*, const stream::v1::ListRequest*, stream::v1::ListReply* reply) {
  for (const auto& [name, records] : dataset_) reply->add_streams(name);
  return grpc::Status::OK;
}

namespace {

stream::v1::Record encode(const std::string& stream, const StoredRecord& record) {
  if (record.poison == "server") throw std::runtime_error("record " + record.id + " cannot be encoded");
  stream::v1::Record out;
  out.set_id(record.id);
  out.set_stream(stream);
  out.set_seq(record.seq);
  out.set_payload(record.payload);
  out.set_digest(record.digest);
  out.set_poison(record.poison == "client");
  return out;
}

}  // namespace

std::int64_t Service::place(const stream::v1::ReadRequest& request) {
  if (level_ >= Level::resumable) return request.after_seq();
  const std::lock_guard lock(mutex_);
  return cursors_[request.stream()];
}

void Service::sent(const std::string& stream, std::int64_t seq) {
  if (level_ >= Level::resumable) return;
  const std::lock_guard lock(mutex_);
  cursors_[stream] = seq;
}

grpc::Status Service::Read(grpc::ServerContext* context, const stream::v1::ReadRequest* request,
                           grpc::ServerWriter<stream::v1::Record>* writer) {
  const auto found = dataset_.find(request->stream());
  if (found == dataset_.end()) return {grpc::StatusCode::NOT_FOUND, "no stream " + request->stream()};

  const std::int64_t after = place(*request);
  for (const StoredRecord& record : found->second) {
    if (record.seq <= after) continue;
    if (pace_.count() > 0 && stop_.wait_for(pace_)) {
      if (bug_ == Bug::clean_stop_is_end) return grpc::Status::OK;
      return {grpc::StatusCode::UNAVAILABLE, "shutting down"};
    }
    if (context->IsCancelled()) return grpc::Status::CANCELLED;
    stream::v1::Record encoded;
    try {
      encoded = encode(request->stream(), record);
    } catch (const std::exception& error) {
      const bool skip = level_ >= Level::tolerant && bug_ != Bug::poison_blocks;
      if (!skip) return {grpc::StatusCode::INTERNAL, error.what()};
      std::fprintf(stderr, "skipped: %s\n", error.what());
      continue;
    }
    if (!writer->Write(encoded)) return grpc::Status::CANCELLED;
    sent(request->stream(), record.seq);
  }
  return grpc::Status::OK;
}

}  // namespace streams
