#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "bpf/reasons.h"
#include "datapath/loader.h"
#include "datapath/publisher.h"
#include "pass.skel.h"
#include "tests/kernel/publish_scene.h"
#include "tests/support/random_table.h"

namespace signpost::testing {
namespace {

using datapath::Attachment;
using datapath::AttachMode;
using datapath::FastPath;
using datapath::FastPathOptions;
using datapath::Publisher;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Program and link at the end of an interface; 0 for none.
std::uint32_t program_at(const std::string& interface) {
  const auto attached = datapath::attached_program(*datapath::interface_index(interface));
  return attached.ok() && *attached ? (*attached)->id : 0;
}

std::uint32_t pinned_link_id(const std::string& path) {
  const datapath::Descriptor link(bpf_obj_get(path.c_str()));
  bpf_link_info info{};
  __u32 length = sizeof(info);
  return bpf_obj_get_info_by_fd(link.get(), &info, &length) == 0 ? info.id : 0;
}

// What a daemon does at start.
absl::Status start(FastPath& path, const model::AnswerTable& table) {
  if (absl::Status status = Publisher(path.maps()).rebuild(table); !status.ok()) return status;
  return path.attach().status();
}

class LoaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(geteuid(), 0u) << "needs root";
    scene_.emplace();
    ASSERT_EQ(scene_->error(), "");
    random_.change(50);
  }

  std::unique_ptr<FastPath> open(const FastPathOptions& options) {
    auto path = FastPath::open(options);
    EXPECT_TRUE(path.ok()) << path.status();
    return path.ok() ? *std::move(path) : nullptr;
  }

  // A daemon that starts, serves and crashes.
  void crash(const FastPathOptions& options) {
    ASSERT_TRUE(PublishScene::run_and_kill([&] {
      auto path = FastPath::open(options);
      return path.ok() ? start(**path, random_.table()) : path.status();
    }));
  }

  // Packets not for the fast path, as counted; waits until there are `least`.
  std::uint64_t await_not_dns(FastPath& path, std::uint64_t least) {
    std::uint64_t count = 0;
    for (int i = 0; i < 500; ++i) {
      count = (*path.maps().reason_counts())[REASON_NOT_DNS];
      if (count >= least) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return count;
  }

  std::optional<PublishScene> scene_;
  RandomTable random_{1};
};

TEST_F(LoaderTest, AttachesNativelyAndDetachingLeavesNothing) {
  auto path = open(scene_->options("sp0"));
  ASSERT_TRUE(path);
  EXPECT_FALSE(path->adopted_maps());
  EXPECT_EQ(program_at("sp0"), 0u) << "attached before there is a table";
  ASSERT_TRUE(Publisher(path->maps()).rebuild(random_.table()).ok());
  const auto attached = path->attach();
  ASSERT_TRUE(attached.ok()) << attached.status();
  const Attachment* attachment = &attached->front().attachment;
  EXPECT_EQ(attachment->mode, AttachMode::kNative);
  EXPECT_FALSE(attachment->adopted);
  EXPECT_EQ(attachment->warning, "");
  EXPECT_NE(program_at("sp0"), 0u);
  scene_->send_frames(50);
  EXPECT_GE(await_not_dns(*path, 50), 50u);

  ASSERT_TRUE(path->detach().ok());
  EXPECT_EQ(program_at("sp0"), 0u);
  EXPECT_FALSE(std::filesystem::exists(scene_->pin_root()));
}

TEST_F(LoaderTest, AdoptsEverythingAfterACrash) {
  crash(scene_->options("sp0"));
  const std::uint32_t orphan = program_at("sp0");
  ASSERT_NE(orphan, 0u) << "a crash must leave the program at work";
  const std::uint32_t link = pinned_link_id(scene_->pin_root() + "/links/sp0");

  auto path = open(scene_->options("sp0"));
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->adopted_maps());
  EXPECT_EQ(program_at("sp0"), orphan);
  scene_->send_frames(50);
  const std::uint64_t counted = await_not_dns(*path, 50);
  EXPECT_GE(counted, 50u);
  struct control& control = path->maps().control();
  EXPECT_NE(control.table_generation[control.active], 0u) << "the old table serves meanwhile";
  const std::uint64_t key = control.key.words[0];

  random_.change(50);
  ASSERT_TRUE(Publisher(path->maps()).rebuild(random_.table()).ok());
  const auto attached = path->attach();
  ASSERT_TRUE(attached.ok()) << attached.status();
  const Attachment* attachment = &attached->front().attachment;
  EXPECT_TRUE(attachment->adopted);
  EXPECT_EQ(attachment->mode, AttachMode::kNative);
  EXPECT_NE(program_at("sp0"), orphan) << "the new program takes the old one's place";
  EXPECT_EQ(pinned_link_id(scene_->pin_root() + "/links/sp0"), link) << "through the same link";
  EXPECT_EQ(control.key.words[0], key);
  EXPECT_GE(await_not_dns(*path, counted), counted) << "counters go on";
  ASSERT_TRUE(path->detach().ok());
}

TEST_F(LoaderTest, DetachesWithoutADaemon) {
  crash(scene_->options("sp0"));
  ASSERT_NE(program_at("sp0"), 0u);
  EXPECT_TRUE(absl::IsNotFound(datapath::detach(scene_->pin_root(), "sp1")));
  ASSERT_NE(program_at("sp0"), 0u);
  const auto detached = datapath::detach_all(scene_->pin_root());
  ASSERT_TRUE(detached.ok()) << detached.status();
  EXPECT_THAT(*detached, ElementsAre("sp0"));
  EXPECT_EQ(program_at("sp0"), 0u);
  EXPECT_FALSE(std::filesystem::exists(scene_->pin_root()));
  EXPECT_TRUE(datapath::detach_all(scene_->pin_root())->empty());
}

TEST_F(LoaderTest, ReplacesTablesOfAnotherCapacityBehindTheLink) {
  crash(scene_->options("sp0"));
  const std::uint32_t orphan = program_at("sp0");
  FastPathOptions options = scene_->options("sp0");
  options.capacity.nodes *= 2;
  auto path = open(options);
  ASSERT_TRUE(path);
  EXPECT_FALSE(path->adopted_maps());
  EXPECT_EQ(program_at("sp0"), orphan) << "the old program serves until the new table is built";
  ASSERT_TRUE(start(*path, random_.table()).ok());
  EXPECT_NE(program_at("sp0"), orphan);
  int tables = 0;
  for (const auto& version : std::filesystem::directory_iterator(scene_->pin_root() + "/tables")) {
    for (const auto& entry : std::filesystem::directory_iterator(version)) {
      EXPECT_THAT(entry.path().filename().string(), HasSubstr("8192-8192-"));
      ++tables;
    }
  }
  EXPECT_EQ(tables, 1);
  ASSERT_TRUE(path->detach().ok());
}

TEST_F(LoaderTest, MakesNewMapsWhereOneIsMissing) {
  crash(scene_->options("sp0"));
  ASSERT_TRUE(run("rm " + scene_->pin_root() + "/tables/v*/*/cells"));
  auto path = open(scene_->options("sp0"));
  ASSERT_TRUE(path);
  EXPECT_FALSE(path->adopted_maps());
  ASSERT_TRUE(start(*path, random_.table()).ok());
  ASSERT_TRUE(path->detach().ok());
}

TEST_F(LoaderTest, AttachesAnewWhenTheInterfaceWasMadeAnew) {
  crash(scene_->options("sp0"));
  ASSERT_TRUE(
      run("ip link delete sp0 && ip link add sp0 type veth peer name sp1 &&"
          " ip link set sp0 up && ip link set sp1 up"));
  auto path = open(scene_->options("sp0"));
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->adopted_maps());
  ASSERT_TRUE(Publisher(path->maps()).rebuild(random_.table()).ok());
  const auto attached = path->attach();
  ASSERT_TRUE(attached.ok()) << attached.status();
  const Attachment* attachment = &attached->front().attachment;
  EXPECT_FALSE(attachment->adopted);
  EXPECT_NE(program_at("sp0"), 0u);
  ASSERT_TRUE(path->detach().ok());
}

TEST_F(LoaderTest, PinsTheLinkOfAnInterfaceWithADotInItsName) {
  ASSERT_TRUE(run("ip link set sp0 down && ip link set sp0 name sp0.5 && ip link set sp0.5 up"));
  crash(scene_->options("sp0.5"));
  EXPECT_TRUE(std::filesystem::exists(scene_->pin_root() + "/links/sp0%2E5"));
  EXPECT_THAT(*datapath::detach_all(scene_->pin_root()), ElementsAre("sp0.5"));
  EXPECT_EQ(program_at("sp0.5"), 0u);
}

TEST_F(LoaderTest, RefusesASecondDaemon) {
  auto first = open(scene_->options("sp0"));
  ASSERT_TRUE(first);
  const auto second = FastPath::open(scene_->options("sp1"));
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("another signpostd"));
  first.reset();
  EXPECT_TRUE(open(scene_->options("sp1")));
}

TEST_F(LoaderTest, FallsBackToGenericModeAndSaysSo) {
  auto path = open(scene_->options("lo"));
  ASSERT_TRUE(path);
  ASSERT_TRUE(Publisher(path->maps()).rebuild(random_.table()).ok());
  const auto attached = path->attach();
  ASSERT_TRUE(attached.ok()) << attached.status();
  const Attachment* attachment = &attached->front().attachment;
  EXPECT_EQ(attachment->mode, AttachMode::kGeneric);
  EXPECT_THAT(attachment->warning, HasSubstr("attaching to lo in native mode"));
  EXPECT_THAT(attachment->warning, HasSubstr("generic mode, which is slower"));
  ASSERT_TRUE(path->detach().ok());
}

TEST_F(LoaderTest, KeepsToTheModeThatIsAskedFor) {
  FastPathOptions options = scene_->options("lo");
  options.mode = datapath::ModeChoice::kNative;
  auto path = open(options);
  ASSERT_TRUE(path);
  EXPECT_THAT(std::string(path->attach().status().message()), HasSubstr("native mode"));
  EXPECT_EQ(program_at("lo"), 0u);
  path.reset();
  options = scene_->options("sp0");
  options.mode = datapath::ModeChoice::kGeneric;
  path = open(options);
  ASSERT_TRUE(path);
  EXPECT_EQ(path->attach()->front().attachment.mode, AttachMode::kGeneric);
  ASSERT_TRUE(path->detach().ok());
}

class ForeignProgramTest : public LoaderTest {
 protected:
  void SetUp() override {
    LoaderTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    other_ = pass::open_and_load();
    ASSERT_NE(other_, nullptr);
    index_ = *datapath::interface_index("sp0");
    ASSERT_EQ(
        bpf_xdp_attach(index_, bpf_program__fd(bpf_object__next_program(other_->obj, nullptr)),
                       XDP_FLAGS_DRV_MODE, nullptr),
        0);
    id_ = program_at("sp0");
    ASSERT_NE(id_, 0u);
  }
  void TearDown() override {
    if (other_ != nullptr) pass::destroy(other_);
  }

  pass* other_ = nullptr;
  int index_ = 0;
  std::uint32_t id_ = 0;
};

TEST_F(ForeignProgramTest, IsNamedAndNeverRemoved) {
  auto path = open(scene_->options("sp0"));
  ASSERT_TRUE(path);
  const absl::Status status = path->attach().status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("XDP program ", id_, " (")));
  EXPECT_EQ(program_at("sp0"), id_);
  EXPECT_TRUE(path->detach().ok());  // nothing of ours is there
  EXPECT_TRUE(absl::IsNotFound(datapath::detach(scene_->pin_root(), "sp0")));
  EXPECT_TRUE(datapath::detach_all(scene_->pin_root())->empty());
  EXPECT_EQ(program_at("sp0"), id_);
}

TEST_F(ForeignProgramTest, StaysWhenSharingIsAskedFor) {
  FastPathOptions options = scene_->options("sp0");
  options.share = true;
  auto path = open(options);
  ASSERT_TRUE(path);
  // It was not attached by a dispatcher, which therefore can't take it in.
  const absl::Status status = path->attach().status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("can't be shared"));
  EXPECT_EQ(program_at("sp0"), id_);
}

TEST_F(LoaderTest, SharesThroughLibxdpOrSaysThatItCanNot) {
  FastPathOptions options = scene_->options("sp0");
  options.share = true;
  auto path = open(options);
  ASSERT_TRUE(path);
  ASSERT_TRUE(Publisher(path->maps()).rebuild(random_.table()).ok());
  const auto attached = path->attach();
  ASSERT_TRUE(attached.ok()) << attached.status();
  const Attachment* attachment = &attached->front().attachment;
  std::cout << "sharing: " << (attachment->warning.empty() ? "dispatcher" : attachment->warning)
            << '\n';
  scene_->send_frames(50);
  EXPECT_GE(await_not_dns(*path, 50), 50u);
  path.reset();
  EXPECT_NE(program_at("sp0"), 0u);
  EXPECT_THAT(*datapath::detach_all(scene_->pin_root()), ElementsAre("sp0"));
  EXPECT_EQ(program_at("sp0"), 0u);
}

TEST_F(LoaderTest, TellsWhatStopsIt) {
  const auto error_of = [&](auto&& edit) {
    FastPathOptions options = scene_->options("sp0");
    edit(options);
    return FastPath::open(options).status();
  };
  const absl::Status interface = error_of([](auto& options) { options.interfaces = {"sp9"}; });
  EXPECT_TRUE(absl::IsNotFound(interface));
  EXPECT_EQ(interface.message(), "there is no network interface sp9");
  const absl::Status place = error_of([](auto& options) { options.pin_root = "/tmp/signpost"; });
  EXPECT_TRUE(absl::IsFailedPrecondition(place));
  EXPECT_THAT(std::string(place.message()), HasSubstr("mount -t bpf bpf /sys/fs/bpf"));
  const absl::Status listen = error_of([](auto& options) { options.listen = {"192.0.2"}; });
  EXPECT_TRUE(absl::IsInvalidArgument(listen));
  EXPECT_THAT(std::string(listen.message()), HasSubstr("\"192.0.2\" is not an IP address"));
}

TEST_F(LoaderTest, TellsThatItLacksThePermission) {
  const bool denied = PublishScene::run_and_kill([&]() -> absl::Status {
    if (setresuid(65534, 65534, 65534) != 0) return absl::InternalError("setresuid");
    const absl::Status status = FastPath::open(scene_->options("sp0")).status();
    return absl::IsPermissionDenied(status) ? absl::OkStatus()
                                            : absl::InternalError(status.ToString());
  });
  EXPECT_TRUE(denied);
}

TEST_F(LoaderTest, ListensAtTheAddressesOfTheInterface) {
  FastPathOptions options = scene_->options("sp0");
  options.listen = {"0.0.0.0", "::", "192.0.2.53", "198.51.100.1"};
  options.port = 5300;
  auto path = open(options);
  ASSERT_TRUE(path);
  const struct control& control = path->maps().control();
  EXPECT_EQ(control.port, 5300);
  ASSERT_EQ(control.listen_count, 4) << "IPv4, IPv6, the link-local address, and one elsewhere";
  EXPECT_EQ(control.listen[0].octets[2], htonl(0xffff));
  EXPECT_EQ(control.listen[0].octets[3], htonl(0xc0000235));
  EXPECT_EQ(control.listen[3].octets[3], htonl(0xc6336401));

  path.reset();
  options.listen.clear();
  for (int i = 1; i <= LISTEN_MAX + 2; ++i) options.listen.push_back(absl::StrCat("203.0.113.", i));
  path = open(options);
  ASSERT_TRUE(path);
  EXPECT_EQ(path->maps().control().listen_count, LISTEN_MAX);
  EXPECT_THAT(path->addresses_left_out(), ElementsAre("203.0.113.17", "203.0.113.18"));
}

}  // namespace
}  // namespace signpost::testing
