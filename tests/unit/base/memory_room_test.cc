#include "base/memory_room.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/folder.h"

namespace signpost {
namespace {

class MemoryRoom : public testing::Test {
 protected:
  MemoryRoom() { write("proc/meminfo", "MemTotal:       16000 kB\nMemAvailable:    8000 kB\n"); }

  void write(const std::string& path, const std::string& text) { folder_.write(path, text); }
  std::uint64_t room() const { return memory_room({folder_.path("proc"), folder_.path("cgroup")}); }

 private:
  Folder folder_;
};

TEST_F(MemoryRoom, IsWhatTheHostHasAvailableWhereNoGroupLimitsIt) {
  write("proc/self/cgroup", "0::/system.slice/signpostd.service\n");
  write("cgroup/system.slice/signpostd.service/memory.max", "max\n");
  write("cgroup/system.slice/signpostd.service/memory.current", "4096000\n");
  EXPECT_EQ(room(), 8000u * 1024);
}

TEST_F(MemoryRoom, IsWhatTheGroupLeavesNotCountingCachedFiles) {
  write("proc/self/cgroup", "0::/system.slice/signpostd.service\n");
  write("cgroup/system.slice/signpostd.service/memory.max", "5000000\n");
  write("cgroup/system.slice/signpostd.service/memory.current", "4000000\n");
  write("cgroup/system.slice/signpostd.service/memory.stat",
        "anon 2700000\ninactive_file 1000000\nactive_file 300000\n");
  EXPECT_EQ(room(), 2300000u);
}

TEST_F(MemoryRoom, IsTheLeastOfAllGroupsAround) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("cgroup/a/b/memory.max", "5000000\n");
  write("cgroup/a/b/memory.current", "1000000\n");
  write("cgroup/a/memory.max", "6000000\n");
  write("cgroup/a/memory.current", "5900000\n");
  EXPECT_EQ(room(), 100000u);
}

TEST_F(MemoryRoom, IsNothingInAGroupThatIsFull) {
  write("proc/self/cgroup", "0::/full\n");
  write("cgroup/full/memory.max", "1000\n");
  write("cgroup/full/memory.current", "1001\n");
  EXPECT_EQ(room(), 0u);
}

TEST_F(MemoryRoom, IsFoundInGroupsOfTheFirstVersionToo) {
  write("proc/self/cgroup", "4:memory:/signpost\n0::/\n");
  write("cgroup/memory/signpost/memory.limit_in_bytes", "3000000\n");
  write("cgroup/memory/signpost/memory.usage_in_bytes", "2000000\n");
  write("cgroup/memory/signpost/memory.stat", "total_inactive_file 500000\ntotal_active_file 0\n");
  EXPECT_EQ(room(), 1500000u);
}

}  // namespace
}  // namespace signpost
