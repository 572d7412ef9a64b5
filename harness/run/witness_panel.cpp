#include "harness/run/witness_panel.h"

#include <fmt/core.h>

#include "harness/scenario/placeholders.h"

namespace stormproof {

namespace {
constexpr Nanos kPollEvery = std::chrono::milliseconds(10);
}

WitnessPanel::~WitnessPanel() { stop(); }

Status WitnessPanel::open(const WitnessSpec& spec, const WitnessContext& context, const WitnessKind& kind,
                          bool one_of_several, std::map<std::string, std::string>& values) {
  std::unique_ptr<WitnessMark> mark;
  if (one_of_several) mark = std::make_unique<WitnessMark>(context.recorder, spec.name, spec.kind);
  Recorder& recorder = mark ? static_cast<Recorder&>(*mark) : context.recorder;
  const WitnessContext own{context.name, recorder, context.clock, context.directory, context.run_id};
  auto witness = kind.make(spec, own);
  Result<std::string> address = witness->open();
  if (!address) return address.error();
  if (!address->empty()) values["witness." + spec.name] = *address;
  seats_.push_back({spec, std::move(mark), std::move(witness)});
  return {};
}

Status WitnessPanel::configure(const std::map<std::string, std::string>& values) {
  for (Seat& seat : seats_) {
    const Result<Params> params = expand(seat.spec.params, values);
    if (!params) return params.error();
    if (Status configured = seat.witness->configure(*params); !configured) return configured;
  }
  return {};
}

void WitnessPanel::start() {
  if (seats_.empty()) return;
  thread_ = std::thread([this] {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      for (Seat& seat : seats_) (void)seat.witness->poll();  // trouble is final only at the end
      lock.lock();
      wake_.wait_for(lock, kPollEvery, [this] { return stopping_; });
    }
  });
}

void WitnessPanel::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void WitnessPanel::on_line(const std::string& process, std::string_view line) {
  for (Seat& seat : seats_) seat.witness->on_line(process, line);
}

std::vector<Error> WitnessPanel::drain(Recorder& recorder) {
  stop();
  std::vector<Error> troubles;
  for (Seat& seat : seats_) {
    if (const Status drained = seat.witness->drain(); !drained) {
      Error trouble = drained.error();
      trouble.message = fmt::format("witness {} could not be read at the end: {}", seat.spec.name, trouble.message);
      troubles.push_back(std::move(trouble));
    } else {
      recorder.record({.type = EventType::note, .id = "drained", .by = seat.spec.name});
    }
  }
  return troubles;
}

}  // namespace stormproof
