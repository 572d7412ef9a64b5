#include "faults/link/resolver.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace stormproof {

/// Shared with the thread, which may outlive the resolver by one look-up.
struct Resolver::State {
  struct Question {
    std::string name;
    Answer answer;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> questions;
  bool started = false;
  bool closed = false;

  void serve() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return closed || !questions.empty(); });
      if (closed) return;
      const Question question = std::move(questions.front());
      questions.pop_front();
      lock.unlock();
      Result<std::vector<Address>> found = Address::resolve(question.name);
      lock.lock();
      // Under the lock, so that the destructor's return means silence.
      if (!closed) question.answer(found ? std::move(*found) : std::vector<Address>());
    }
  }
};

Resolver::Resolver() : state_(std::make_shared<State>()) {}

Resolver::~Resolver() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
}

void Resolver::ask(std::string name_and_port, Answer answer) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->started) {
    try {
      std::thread([state = state_] { state->serve(); }).detach();
      state_->started = true;
    } catch (const std::system_error&) {
      // No thread to be had: as good as a name server that does not answer.
      answer({});
      return;
    }
  }
  state_->questions.push_back({std::move(name_and_port), std::move(answer)});
  state_->changed.notify_all();
}

}  // namespace stormproof
