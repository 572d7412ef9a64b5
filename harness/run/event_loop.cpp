#include "harness/run/event_loop.h"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace stormproof {

namespace asio = boost::asio;

struct EventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::atomic<bool> closed{false};
};

EventLoop::EventLoop() : state_(std::make_shared<State>()) {}
EventLoop::~EventLoop() { close(); }

asio::io_context& EventLoop::context() { return state_->context; }

void EventLoop::post(std::function<void()> task) {
  if (state_->closed) return;
  asio::post(state_->context, [state = state_.get(), task = std::move(task)] {
    if (!state->closed) task();
  });
}

void EventLoop::after(Nanos delay, std::function<void()> task) {
  auto timer = std::make_shared<asio::steady_timer>(state_->context, delay);
  timer->async_wait([state = state_.get(), timer, task = std::move(task)](boost::system::error_code failure) {
    if (!failure && !state->closed) task();
  });
}

void EventLoop::run_for(Nanos period) { state_->context.run_for(period); }

void EventLoop::close() { state_->closed = true; }

}  // namespace stormproof
