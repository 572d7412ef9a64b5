// gRPC server streaming: the server and the clients of the proxy bench's gRPC row, in one process.
//
//   bench_grpc_load CHANNELS WARM_UP_SECONDS WINDOW_SECONDS
//
// Prints the server's port, reads the port the clients shall use, prints the messages a second they got.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/bench/proxy/ticks.grpc.pb.h"

namespace {

using namespace stormproof::bench;

constexpr std::size_t kPayload = 100;

class Server final : public Ticks::Service {
 public:
  grpc::Status Stream(grpc::ServerContext* context, const Ask*, grpc::ServerWriter<Tick>* writer) override {
    Tick tick;
    tick.set_payload(std::string(kPayload, 'x'));
    while (!context->IsCancelled() && writer->Write(tick)) continue;
    return grpc::Status::OK;
  }
};

/// A channel with one stream on it, read by a thread.
class Reader {
 public:
  explicit Reader(const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    stub_ = Ticks::NewStub(grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments));
    thread_ = std::thread([this] {
      const auto stream = stub_->Stream(&context_, Ask());
      for (Tick tick; stream->Read(&tick);) received_.fetch_add(1, std::memory_order_relaxed);
      stream->Finish();
    });
  }
  ~Reader() {
    context_.TryCancel();
    thread_.join();
  }
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }

 private:
  std::unique_ptr<Ticks::Stub> stub_;
  grpc::ClientContext context_;
  std::atomic<std::uint64_t> received_{0};
  std::thread thread_;
};

using Readers = std::vector<std::unique_ptr<Reader>>;

std::uint64_t total(const Readers& readers) {
  std::uint64_t sum = 0;
  for (const auto& reader : readers) sum += reader->received();
  return sum;
}

void wait(double seconds) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  never.wait_for(lock, std::chrono::duration<double>(seconds), [] { return false; });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  Server service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::cout << port << std::endl;
  int target = 0;
  std::cin >> target;

  Readers readers;
  for (int i = 0; i < std::stoi(argv[1]); ++i) {
    readers.push_back(std::make_unique<Reader>("127.0.0.1:" + std::to_string(target)));
  }
  wait(std::stod(argv[2]));
  const std::uint64_t before = total(readers);
  const auto start = std::chrono::steady_clock::now();
  wait(std::stod(argv[3]));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << static_cast<double>(total(readers) - before) / took.count() << std::endl;
  std::_Exit(0);  // gRPC's own shutdown waits for streams that have nothing more to say
}
