/// Looks host names up on a thread of its own, so that no byte and no command waits for a name server.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "faults/link/address.h"

namespace stormproof {

/// Any thread. The thread starts with the first question.
class Resolver {
 public:
  using Answer = std::function<void(std::vector<Address>)>;

  Resolver();
  /// Does not wait for a look-up in progress (getaddrinfo cannot be interrupted); no answer comes after it.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Calls `answer` once, with nothing for a name that is not known, on the resolver's thread; it must not block.
  void ask(std::string name_and_port, Answer answer);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace stormproof
