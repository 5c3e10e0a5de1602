// The program at devices that lie on others: a VLAN's and a bond. Runs where the kernel has them:
// in Debian's, in QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "bpf/reasons.h"
#include "datapath/loader.h"
#include "datapath/publisher.h"
#include "tests/kernel/publish_scene.h"
#include "tests/support/random_table.h"

namespace signpost::testing {
namespace {

using datapath::AttachMode;
using datapath::FastPath;
using ::testing::HasSubstr;

constexpr int kFrames = 50;

class StackedDevices : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(scene_.error(), ""); }

  // Attaches the program to a device, sends it frames from another, and checks that it saw them.
  void expect_seen(const std::string& device, const std::string& sender, AttachMode mode) {
    auto path = FastPath::open(scene_.options(device));
    ASSERT_TRUE(path.ok()) << path.status();
    RandomTable random(1);
    random.change(50);
    const absl::Status built = datapath::Publisher((*path)->maps()).rebuild(random.table());
    ASSERT_TRUE(built.ok()) << built;
    const auto attached = (*path)->attach();
    ASSERT_TRUE(attached.ok()) << attached.status();
    EXPECT_EQ(attached->front().attachment.mode, mode);
    scene_.send_frames(kFrames, sender);
    EXPECT_GE(await_seen(**path), static_cast<std::uint64_t>(kFrames));
    EXPECT_TRUE((*path)->detach().ok());
  }

  PublishScene scene_;

 private:
  static std::uint64_t await_seen(FastPath& path) {
    std::uint64_t seen = 0;
    for (int i = 0; i < 500 && seen < kFrames; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      seen = (*path.maps().reason_counts())[REASON_NOT_DNS];
    }
    return seen;
  }
};

TEST_F(StackedDevices, TheKernelRunsTheProgramForAVlan) {
  ASSERT_TRUE(
      run("ip link add link sp0 name sp0.7 type vlan id 7 && ip link set sp0.7 up &&"
          " ip link add link sp1 name sp1.7 type vlan id 7 && ip link set sp1.7 up"));
  expect_seen("sp0.7", "sp1.7", AttachMode::kGeneric);
}

TEST_F(StackedDevices, TheDriversOfABondRunTheProgram) {
  ASSERT_TRUE(
      run("ip link add bond0 type bond mode active-backup && ip link set sp0 down &&"
          " ip link set sp0 master bond0 && ip link set bond0 up"));
  expect_seen("bond0", "sp1", AttachMode::kNative);
}

}  // namespace
}  // namespace signpost::testing
