#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "targets/stream/common/options.h"
#include "targets/stream/common/threads.h"
#include "targets/stream/server/service.h"

int main(int argc, char** argv) {
  using namespace streams;
  block_signals();
  const Options options(argc, argv,
                        {{"listen", "!", "address to serve on, 127.0.0.1:PORT"},
                         {"dataset", "!", "JSON lines of {id, key, seq, payload, digest}"},
                         {"level", "recoverable", "naive, tolerant, resumable, graceful or recoverable"},
                         {"pace", "1ms", "time between two records of one stream"},
                         {"bug", "none", "a planted bug, see targets/stream/README.md"}});
  try {
    Service service(read_dataset(options.text("dataset")), level_from(options.text("level")),
                    bug_from(options.text("bug")), options.duration("pace"));
    grpc_init();  // never matched: gRPC's own shutdown at the end can take ten seconds
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddListeningPort(options.text("listen"), grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (!server || port == 0) {
      std::fprintf(stderr, "stream-server: error: cannot listen on %s\n", options.text("listen").c_str());
      return 1;
    }
    std::printf("serving on port %d\n", port);
    std::fflush(stdout);
    wait_for_signal();
    service.stop();
    // Time for the streams to say why they end; they do it at once.
    server->Shutdown(gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_millis(200, GPR_TIMESPAN)));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stream-server: error: %s\n", error.what());
    return 1;
  }
}
