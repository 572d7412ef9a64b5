#include "faults/link/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace stormproof {

Result<std::unique_ptr<Mailbox>> Mailbox::make() {
  Fd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) {
    return environment_error(std::string("cannot make an eventfd for the links: ") + std::strerror(errno),
                             "raise the limit on open files (ulimit -n)");
  }
  return std::unique_ptr<Mailbox>(new Mailbox(std::move(event)));
}

void Mailbox::call(const std::function<void()>& task) {
  if (std::this_thread::get_id() == owner_) {
    task();
    return;
  }
  bool done = false;
  std::unique_lock lock(mutex_);
  put({std::cref(task), &done});
  answered_.wait(lock, [&] { return done; });
}

void Mailbox::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  put({std::move(task), nullptr});
}

void Mailbox::put(Letter letter) {
  letters_.push_back(std::move(letter));
  const std::uint64_t one = 1;
  // Cannot fail: the counter is far from its limit and the descriptor is ours.
  (void)!::write(event_.get(), &one, sizeof one);
}

void Mailbox::drain() {
  std::uint64_t count = 0;
  (void)!::read(event_.get(), &count, sizeof count);
  std::vector<Letter> letters;
  {
    const std::lock_guard lock(mutex_);
    letters.swap(letters_);
  }
  for (const Letter& letter : letters) letter.task();
  if (letters.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (const Letter& letter : letters) {
      if (letter.done != nullptr) *letter.done = true;
    }
  }
  answered_.notify_all();
}

}  // namespace stormproof
