/// The proxies that are compared, each as a process of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace stormproof::bench {

/// What a proxy has to do besides passing bytes on.
enum class Duty {
  pass,
  look,       ///< a fault that is shown every byte is armed; stormproof only
  delay_1ms,  ///< each way
};

struct Peer {
  std::string_view name;
  std::string_view what;
};

/// "direct" is among them: no proxy at all.
const std::vector<Peer>& peers();

/// Why this peer cannot run here; empty when it can.
std::string missing(const Peer& peer);

/// What it says of its version; empty for the bench's own.
std::string version(const Peer& peer);

/// A running proxy in front of `upstream`. Destruction kills it (it also dies with the bench) and removes its files.
class PeerProcess {
 public:
  /// Returns once it accepts connections. Throws Trouble.
  PeerProcess(const Peer& peer, Duty duty, std::uint16_t upstream, int processor);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  /// 0 for "direct".
  pid_t pid() const { return pid_; }
  double cpu() const;

 private:
  std::vector<std::string> command(const Peer& peer, std::uint16_t upstream);
  void spawn(const std::vector<std::string>& argv, int processor);
  void await_port(std::uint16_t port) const;

  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  std::uint16_t api_ = 0;  ///< of those that take faults over HTTP, else 0
  pid_t pid_ = 0;
};

}  // namespace stormproof::bench
