// How many connections the control services hold, and of whom they are.
#include "control/access/connection_listener.h"

#include <grpcpp/create_channel_posix.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include "control/access/control_socket.h"
#include "signpost/v1/control.grpc.pb.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

class ConnectionListenerTest : public ::testing::Test {
 protected:
  void start(ConnectionLimits limits) {
    const absl::StatusOr<int> listening = socket_.listen(path_, "");
    ASSERT_TRUE(listening.ok()) << listening.status();
    const absl::Status started = listener_.start(
        *listening, limits, [this](int) { return owner_; },
        [this](int descriptor, const std::string& owner) {
          EXPECT_EQ(owner, owner_);
          const std::lock_guard lock(mutex_);
          accepted_.push_back(descriptor);
          changed_.notify_all();
        });
    ASSERT_TRUE(started.ok()) << started;
  }
  ~ConnectionListenerTest() override {
    listener_.stop();
    for (const int descriptor : accepted_) close(descriptor);
    for (const int descriptor : clients_) close(descriptor);
  }

  int connect() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    clients_.push_back(client);
    return client;
  }

  void await_accepted(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return accepted_.size() == count; });
  }

  // Whether the other end hangs up; false if it sends something instead.
  static bool is_hung_up_on(int client) {
    char octet = 0;
    return read(client, &octet, 1) == 0;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_ / "control.sock";
  std::string owner_ = "alice";
  ControlSocket socket_;
  ConnectionListener listener_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> accepted_;
  std::vector<int> clients_;
};

TEST_F(ConnectionListenerTest, ClosesThoseOfOneOwnerBeyondTheLimitAndNobodyElses) {
  start({.all = 3, .of_one = 2});
  connect();
  connect();
  await_accepted(2);
  EXPECT_TRUE(is_hung_up_on(connect()));
  owner_ = "bob";
  connect();
  await_accepted(3);
  EXPECT_TRUE(is_hung_up_on(connect())) << "three are all there may be";
  EXPECT_EQ(listener_.refused(), 2u);
  EXPECT_EQ(listener_.open(), 3u);
}

TEST_F(ConnectionListenerTest, HasRoomAgainWhicheverEndCloses) {
  start({.all = 1, .of_one = 1});
  const int first = connect();
  await_accepted(1);
  shutdown(first, SHUT_RDWR);
  connect();
  await_accepted(2);
  // As gRPC does before it closes.
  shutdown(accepted_.back(), SHUT_RDWR);
  connect();
  await_accepted(3);
  EXPECT_EQ(listener_.refused(), 0u);
}

TEST_F(ConnectionListenerTest, HangsUpOnAnOwnerAndRefusesItForAWhile) {
  start({});
  const int first = connect();
  await_accepted(1);
  owner_ = "bob";
  const int other = connect();
  await_accepted(2);
  listener_.hang_up("alice");
  EXPECT_TRUE(is_hung_up_on(first));
  owner_ = "alice";
  EXPECT_TRUE(is_hung_up_on(connect()));
  ASSERT_EQ(write(accepted_[1], "x", 1), 1);
  EXPECT_FALSE(is_hung_up_on(other));
}

TEST_F(ConnectionListenerTest, IsGivenToAGroupThatExists) {
  const absl::StatusOr<int> listening = ControlSocket().listen(path_, "no-such-group");
  EXPECT_EQ(listening.status().message(), "--control-group no-such-group: is no group");
}

// gRPC carries out by its own threads what it has been told, and tells nobody when. False if it has
// not within 10 s.
template <typename Condition>
bool comes_true(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  return condition();
}

// A service whose call waits until it is let go.
class Waiting final : public v1::StatusService::Service {
 public:
  grpc::Status GetStatus(grpc::ServerContext* call, const v1::GetStatusRequest*,
                         v1::GetStatusResponse*) override {
    began.count_down();
    cancelled.get_future().wait();
    EXPECT_TRUE(comes_true([&] { return call->IsCancelled(); }));
    return grpc::Status::OK;
  }
  std::latch began{1};
  std::promise<void> cancelled;
};

ino_t inode_of(int descriptor) {
  struct stat info {};
  return fstat(descriptor, &info) == 0 ? info.st_ino : 0;
}

// What caller_of() rests on.
TEST(ConnectionOfACall, KeepsItsDescriptorAsLongAsTheCallLivesWhateverTheClientDoes) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
  const ino_t inode = inode_of(ends[0]);
  Waiting service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  grpc::AddInsecureChannelFromFd(server.get(), ends[0]);
  {
    const auto stub =
        v1::StatusService::NewStub(grpc::CreateInsecureChannelFromFd("test", ends[1]));
    grpc::ClientContext context;
    std::thread call([&] {
      v1::GetStatusResponse response;
      stub->GetStatus(&context, {}, &response);
    });
    service.began.wait();
    context.TryCancel();
    call.join();
  }
  // The client has gone: the server's end reads no more.
  pollfd ended{ends[0], POLLRDHUP, 0};
  ASSERT_EQ(poll(&ended, 1, 10'000), 1);
  std::vector<int> others;
  for (int i = 0; i < 100; ++i) others.push_back(dup(0));
  EXPECT_EQ(inode_of(ends[0]), inode);
  service.cancelled.set_value();
  server->Shutdown();
  server->Wait();
  EXPECT_TRUE(comes_true([&] { return inode_of(ends[0]) != inode; })) << "it is closed in the end";
  for (const int other : others) close(other);
}

}  // namespace
}  // namespace signpost::control
