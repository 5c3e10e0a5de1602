#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/unit/health/probing.h"

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CommandProbes : public ProbeBench {
 protected:
  CommandProbes() {
    std::string pattern = ::testing::TempDir() + "commandsXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    settings_.commands_folder = folder_;
  }
  ~CommandProbes() override { std::filesystem::remove_all(folder_); }

  ProbeResult run(const std::string& script, const std::vector<std::string>& arguments = {}) {
    std::ofstream(folder_ + "/check") << "#!/bin/sh\n" << script;
    ::chmod((folder_ + "/check").c_str(), 0755);
    model::CommandProbe probe{{"check"}, timeout_};
    probe.command.insert(probe.command.end(), arguments.begin(), arguments.end());
    return probe_once(probe);
  }

  // Whether no child is left, dead or alive, once what is under way is done.
  bool no_child_is_left() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (;;) {
      io_.restart();
      io_.run_for(milliseconds(10));
      siginfo_t child{};
      if (::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) < 0) return errno == ECHILD;
      if (std::chrono::steady_clock::now() > end) return false;
    }
  }

  // The number that a script has written; 0 before.
  static pid_t pid_in(const std::string& file) {
    pid_t process = 0;
    std::ifstream(file) >> process;
    return process;
  }

  // Whether a process that is no child of ours is dead soon, or a zombie of whoever adopted it.
  static bool ends(pid_t process) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < end) {
      std::ifstream stat("/proc/" + std::to_string(process) + "/stat");
      std::string number, name, state;
      stat >> number >> name >> state;
      if (state.empty() || state == "Z" || state == "X") return true;
    }
    return false;
  }

  std::string folder_;
  milliseconds timeout_{10000};
};

TEST_F(CommandProbes, GoByTheExitStatusAndTellTheFirstLine) {
  EXPECT_THAT(run("echo fine; echo more; exit 0").text,
              StartsWith("Success: check ended with 0: fine in "));
  EXPECT_EQ(run("echo 'disk is full' >&2; exit 3").text,
            "Failure: check ended with 3: disk is full");
  EXPECT_EQ(run("kill -TERM $$").text, "Failure: check was ended by signal 15 (Terminated)");
  EXPECT_TRUE(no_child_is_left());
}

TEST_F(CommandProbes, TakeArgumentsAsTheyAreWithoutAShell) {
  EXPECT_EQ(run("echo \"$#:$1:$2\"; exit 1", {"a b", "$(id);`id`"}).text,
            "Failure: check ended with 1: 2:a b:$(id);`id`");
}

TEST_F(CommandProbes, HaveASmallEnvironmentAndNoDescriptorsOfOurs) {
  const int open = ::dup(0);
  EXPECT_EQ(run("env | cut -d= -f1 | sort | tr '\\n' ' '; exit 1").text,
            "Failure: check ended with 1: LANG PATH PWD SIGNPOST_CHECK ");
  EXPECT_EQ(run("ls /proc/self/fd | tr '\\n' ' '; exit 1").text,
            "Failure: check ended with 1: 0 1 2 3 ");  // 3 is ls's own
  ::close(open);
}

TEST_F(CommandProbes, AreKilledWithAllTheyStartedAtTheirLimit) {
  timeout_ = milliseconds(300);
  const std::string pid_file = folder_ + "/pid";
  const ProbeResult result =
      run("sleep 1000 & echo $! > " + pid_file + "; trap '' TERM; sleep 1000");
  EXPECT_EQ(result.text, "Failure: check did not end within 300 ms");
  EXPECT_TRUE(no_child_is_left());
  const pid_t grandchild = pid_in(pid_file);
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(ends(grandchild));
}

TEST_F(CommandProbes, LeaveNothingBehindThatTheyStarted) {
  const std::string pid_file = folder_ + "/pid";
  EXPECT_THAT(run("sleep 1000 >/dev/null 2>&1 & echo $! > " + pid_file + "; exit 0").text,
              StartsWith("Success: check ended with 0"));
  EXPECT_TRUE(no_child_is_left());
  const pid_t grandchild = pid_in(pid_file);
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(ends(grandchild));
}

TEST_F(CommandProbes, MayNotWriteWithoutEnd) {
  EXPECT_EQ(run("while :; do echo yes yes yes; done").text,
            "Failure: check wrote more than 64 KiB");
  EXPECT_TRUE(no_child_is_left());
}

TEST_F(CommandProbes, FailWhereTheProgramCanNotBeRun) {
  EXPECT_EQ(probe_once(model::CommandProbe{{"missing"}, timeout_}).text,
            "Failure: cannot run " + folder_ + "/missing: No such file or directory");
  settings_.commands_folder = "";
  EXPECT_THAT(probe_once(model::CommandProbe{{"check"}, timeout_}).text,
              HasSubstr("--health-commands"));
}

TEST_F(CommandProbes, DieWithTheMonitorsIo) {
  pid_t child = 0;
  {
    auto io = std::make_unique<boost::asio::io_context>();
    auto check = std::make_shared<model::HealthCheck>();
    check->kind = model::CommandProbe{{"check"}, timeout_};
    std::ofstream(folder_ + "/check") << "#!/bin/sh\necho $$ > " << folder_ << "/pid\nsleep 1000\n";
    ::chmod((folder_ + "/check").c_str(), 0755);
    start_probe(*io, settings_, {check, nullptr}, [](const ProbeResult&) { FAIL(); });
    while ((child = pid_in(folder_ + "/pid")) == 0) io->run_for(milliseconds(10));
  }
  int status = 0;
  const pid_t reaped = ::waitpid(child, &status, 0);
  if (reaped == child) {
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  } else {
    EXPECT_EQ(errno, ECHILD);  // it was dead so soon that the probe reaped it itself
  }
}

}  // namespace
}  // namespace signpost::health
