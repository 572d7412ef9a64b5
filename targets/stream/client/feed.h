/// The client's ends of the three gRPC services it talks to. gRPC's headers stay in feed.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "targets/stream/client/store.h"

namespace streams {

struct Record {
  std::string id;
  std::string stream;
  std::int64_t seq = 0;
  std::string payload;
  std::string digest;
  bool poison = false;
};

/// Cancels a call from another thread, the calls made with it later included.
class Cancel {
 public:
  Cancel();
  ~Cancel();
  void raise();
  bool raised() const;

 private:
  friend class Feed;
  friend class LifecycleFeed;
  struct State;
  std::unique_ptr<State> state_;
};

class Feed {
 public:
  explicit Feed(const std::string& address);
  ~Feed();
  /// `patient`: waits for the server; otherwise empty when it cannot be reached. Empty when cancelled.
  std::vector<std::string> list(bool patient, Cancel& cancel);
  /// Blocks until the stream ends, breaks or is cancelled. "" when it ended after its last record, else what broke it.
  /// `patient`: a server that cannot be reached is waited for instead of an error.
  std::string read(const std::string& stream, std::int64_t after_seq, bool patient, Cancel& cancel,
                   const std::function<void(Record)>& on_record);

 private:
  struct Stub;
  std::unique_ptr<Stub> stub_;
};

/// Reports each effect to a witness: stands for a call to a service outside, which no transaction can take back.
class Effects {
 public:
  Effects(const std::string& address, std::string self);
  ~Effects();
  void report(const Entry& entry);

 private:
  struct Stub;
  std::unique_ptr<Stub> stub_;
  const std::string self_;
};

struct Exit {
  std::string process;  ///< "client/1"
  std::int64_t pid = 0;
  std::string reason;      ///< Completed, Error (killed ones too) or OOMKilled
  bool before_us = false;  ///< it happened before this process started
};

class LifecycleFeed {
 public:
  LifecycleFeed(const std::string& address, std::string target);
  ~LifecycleFeed();
  /// Blocks until the feed breaks or is cancelled. Past exits come first, so every watcher sees them all.
  void watch(Cancel& cancel, const std::function<void(const Exit&)>& on_exit);

 private:
  struct Stub;
  std::unique_ptr<Stub> stub_;
  const std::string target_;
};

}  // namespace streams
