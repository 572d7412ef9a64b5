#include "harness/supervise/timer.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace stormproof {

struct Timer::Impl {
  boost::asio::steady_timer timer;
};

Timer::Timer(boost::asio::io_context& loop) : impl_(new Impl{boost::asio::steady_timer(loop)}) {}
Timer::~Timer() = default;

void Timer::set(Nanos delay, std::function<void()> task) {
  impl_->timer.expires_after(delay);
  impl_->timer.async_wait([task = std::move(task)](const boost::system::error_code& failure) {
    if (!failure) task();
  });
}

void Timer::cancel() { impl_->timer.cancel(); }

}  // namespace stormproof
