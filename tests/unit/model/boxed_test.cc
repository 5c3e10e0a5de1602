#include "model/boxed.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "model/octets.h"
#include "model/rdata_list.h"

namespace signpost::model {
namespace {

TEST(Boxed, IsEmptyUntilItHasAValueAndComparesByValue) {
  const Boxed<std::string> none;
  const Boxed<std::string> one(std::string("one"));
  EXPECT_FALSE(none);
  ASSERT_TRUE(one);
  EXPECT_EQ(*one, "one");
  EXPECT_EQ(one->size(), 3u);
  EXPECT_TRUE(one == Boxed<std::string>(std::string("one")));
  EXPECT_FALSE(one == Boxed<std::string>(std::string("two")));
  EXPECT_FALSE(one == none);
  EXPECT_TRUE(none == Boxed<std::string>());
}

// The value's own count of owners tells when the last of the copies has gone.
TEST(Boxed, KeepsItsValueAsLongAsAnyCopyLives) {
  const auto value = std::make_shared<const int>(7);
  using Box = Boxed<std::shared_ptr<const int>>;
  Box first(value);
  {
    Box second = first;
    EXPECT_EQ(second->get(), first->get());
    first = Box();
    EXPECT_FALSE(first);
    EXPECT_EQ(value.use_count(), 2);
    first = std::move(second);
  }
  EXPECT_EQ(value.use_count(), 2);
  const Box& same = first;
  first = same;
  EXPECT_EQ(value.use_count(), 2);
  first = Box();
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Boxed, IsCopiedAndDroppedByManyThreads) {
  const auto value = std::make_shared<const int>(7);
  {
    const Boxed<std::shared_ptr<const int>> box(value);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([box] {
        for (int i = 0; i < 10000; ++i) {
          const auto copy = box;
          ASSERT_EQ(**copy, 7);
        }
      });
  }
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Text, IsAStringThatTakesNothingWhileItIsEmpty) {
  EXPECT_EQ(sizeof(Text), sizeof(void*));
  const Text none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.str(), "");
  EXPECT_TRUE(none == std::string());
  EXPECT_TRUE(none == Text(""));
  const Text text("text");
  const std::string& as_string = text;
  EXPECT_EQ(as_string, "text");
  EXPECT_EQ(text.size(), 4u);
  EXPECT_TRUE(text == "text");
  EXPECT_TRUE(text == Text(std::string("text")));
  EXPECT_TRUE(none < text);
  EXPECT_FALSE(text < none);
}

TEST(Octets, AreWhatTheyWereMadeOfWhateverTheirNumber) {
  for (const std::size_t size : {0u, 1u, 16u, 17u, 1200u}) {
    const std::string octets(size, '\xfe');
    const Octets held(octets);
    EXPECT_EQ(held.view(), octets);
    EXPECT_EQ(held.size(), size);
    EXPECT_EQ(held.empty(), size == 0);
    const Octets copy = held;
    EXPECT_TRUE(copy == held);
    EXPECT_FALSE(copy == Octets(octets + "x"));
  }
}

TEST(RdataList, TellsHowManyValuesWereRemoved) {
  RdataList list = {"a", "b", "a", "c"};
  EXPECT_EQ(erase_if(list, [](const std::string& value) { return value == "a"; }), 2u);
  EXPECT_EQ(list, (RdataList{"b", "c"}));
  EXPECT_EQ(erase_if(list, [](const std::string& value) { return value == "a"; }), 0u);
}

}  // namespace
}  // namespace signpost::model
