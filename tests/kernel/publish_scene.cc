#include "tests/kernel/publish_scene.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace signpost::testing {

bool run(const std::string& command) { return std::system(command.c_str()) == 0; }

PublishScene::PublishScene() { set_up(); }

void PublishScene::set_up() {
  char folder[] = "/tmp/signpost-bpf-XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    error_ = "no temporary folder";
    return;
  }
  mount_ = folder;
  home_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (mount("bpf", folder, "bpf", 0, nullptr) != 0 || unshare(CLONE_NEWNET) != 0) {
    error_ = std::strerror(errno);
  } else if (!run("ip link set lo up && ip link add sp0 type veth peer name sp1 &&"
                  " ip link set sp0 up && ip link set sp1 up &&"
                  " ip address add 192.0.2.53/24 dev sp0 &&"
                  " ip address add 2001:db8::53/64 dev sp0 nodad")) {
    error_ = "the veth pair could not be made";
  }
}

PublishScene::~PublishScene() {
  if (home_ >= 0) {
    // The namespace's interfaces go with its last process: in time for the next test only if they
    // are told to.
    if (error_.empty()) run("ip link delete sp0 2>/dev/null");
    setns(home_, CLONE_NEWNET);
    close(home_);
  }
  if (!mount_.empty()) {
    umount2(mount_.c_str(), MNT_DETACH);
    rmdir(mount_.c_str());
  }
}

datapath::FastPathOptions PublishScene::options(const std::string& interface) const {
  datapath::FastPathOptions options;
  options.interfaces = {interface};
  options.pin_root = pin_root();
  options.capacity = {.nodes = 4096, .cells = 8192, .rings = 64, .counters = 64};
  options.listen = {"192.0.2.53"};
  return options;
}

void PublishScene::send_frames(int count, const std::string& from) const {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  std::array<unsigned char, 60> frame{};
  frame.fill(0xff);
  frame[12] = 0x88;  // an EtherType for local experiments
  frame[13] = 0xb5;
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = static_cast<int>(if_nametoindex(from.c_str()));
  for (int i = 0; i < count; ++i)
    sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
  close(fd);
}

bool PublishScene::run_and_kill(const std::function<absl::Status()>& daemon) {
  const pid_t child = fork();
  if (child == 0) {
    // A return would run destructors; the second signal is for the case that the first one fails.
    if (const absl::Status status = daemon(); !status.ok()) {
      std::cerr << status << '\n';
      _exit(1);
    }
    kill(getpid(), SIGKILL);
    _exit(2);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace signpost::testing
