#include "targets/stream/client/queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace streams {
namespace {

TEST(Queue, KeepsWhatWasPushedBeforeItWasClosed) {
  Queue<int> queue(2);
  queue.push(1);
  queue.push(2);
  EXPECT_TRUE(queue.full());
  queue.close();
  queue.push(3);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(Queue, ForgetsWhatIsDiscardedAndLetsAWaitingWriterGo) {
  Queue<int> queue(1);
  queue.push(1);
  std::thread writer([&] { queue.push(2); });
  queue.discard();
  writer.join();
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(Queue, HandsOverInOrderBetweenThreads) {
  Queue<int> queue(3);
  std::thread writer([&] {
    for (int i = 0; i < 1000; ++i) queue.push(i);
    queue.close();
  });
  int next = 0;
  while (const auto value = queue.pop()) EXPECT_EQ(*value, next++);
  EXPECT_EQ(next, 1000);
  writer.join();
}

}  // namespace
}  // namespace streams
