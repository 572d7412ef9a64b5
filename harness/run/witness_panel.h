/// All witnesses of a run, read by one thread of their own.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "harness/api/witness.h"
#include "harness/run/plugins.h"
#include "harness/run/witness_mark.h"

namespace stormproof {

class WitnessPanel {
 public:
  ~WitnessPanel();

  /// Adds a witness and opens it; what it listens on becomes values["witness.NAME"]. `one_of_several`: its effects are
  /// marked as its own.
  Status open(const WitnessSpec& spec, const WitnessContext& context, const WitnessKind& kind, bool one_of_several,
              std::map<std::string, std::string>& values);
  Status configure(const std::map<std::string, std::string>& values);
  /// Begins to poll, every 10 ms.
  void start();
  void on_line(const std::string& process, std::string_view line);
  /// Stops polling, then reads each witness to its end and records that. An error for each that could not be read.
  std::vector<Error> drain(Recorder& recorder);

 private:
  struct Seat {
    WitnessSpec spec;
    std::unique_ptr<WitnessMark> mark;  ///< only where there are several witnesses
    std::unique_ptr<Witness> witness;
  };
  void stop();

  std::vector<Seat> seats_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace stormproof
