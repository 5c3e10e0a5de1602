#include "policy/id_registry.h"

#include <gtest/gtest.h>

#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using Kind = IdHolder::Kind;

IdHolder ring(const std::string& owner) {
  return {Kind::kRing, testing::name(owner), dns::RRType::kA, ""};
}
IdHolder counter(const std::string& owner, const std::string& choice) {
  return {Kind::kCounter, testing::name(owner), dns::RRType::kA, choice};
}

TEST(IdRegistry, HandsOutTheSmallestFreeNumberAndKeepsIt) {
  IdRegistry ids(10, 10);
  EXPECT_EQ(ids.id_of(ring("a.example.com.")), 1u);
  EXPECT_EQ(ids.id_of(ring("b.example.com.")), 2u);
  EXPECT_EQ(ids.id_of(ring("a.example.com.")), 1u);
  ids.release(testing::name("a.example.com."), dns::RRType::kA);
  EXPECT_EQ(ids.id_of(ring("c.example.com.")), 1u);
}

TEST(IdRegistry, HandsOutZeroWhenAllAreTaken) {
  IdRegistry ids(3, 10);
  ids.id_of(ring("a.example.com."));
  ids.id_of(ring("b.example.com."));
  EXPECT_EQ(ids.id_of(ring("c.example.com.")), 0u);
}

TEST(IdRegistry, ReleasesAllCountersOfAnOwnerAndType) {
  IdRegistry ids(10, 10);
  ids.id_of(counter("a.example.com.", "one"));
  ids.id_of(counter("a.example.com.", "two"));
  ids.id_of(counter("b.example.com.", "one"));
  ids.take_journal();
  ids.release(testing::name("a.example.com."), dns::RRType::kA);
  EXPECT_EQ(ids.take_journal().released.size(), 2u);
  EXPECT_EQ(ids.id_of(counter("b.example.com.", "one")), 3u);
}

TEST(IdRegistry, GivesRememberedNumbersToTheirHoldersOnly) {
  IdRegistry ids(10, 10);
  ids.restore({[](const IdHolder& holder) -> std::optional<std::uint32_t> {
                 if (holder == ring("old.example.com.")) return 2;
                 if (holder == ring("gone.example.com.")) return 4;
                 return std::nullopt;
               },
               {{Kind::kRing, 2}, {Kind::kRing, 4}}});
  EXPECT_EQ(ids.id_of(ring("new.example.com.")), 1u);
  EXPECT_EQ(ids.id_of(ring("newer.example.com.")), 3u);
  EXPECT_EQ(ids.id_of(ring("old.example.com.")), 2u);
  EXPECT_EQ(ids.id_of(ring("newest.example.com.")), 5u);
  ids.free_unclaimed();
  EXPECT_EQ(ids.take_journal().unclaimed,
            (std::vector<std::pair<Kind, std::uint32_t>>{{Kind::kRing, 4}}));
  EXPECT_EQ(ids.id_of(ring("last.example.com.")), 4u);
}

}  // namespace
}  // namespace signpost::policy
