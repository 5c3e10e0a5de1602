// signpostd: builds the daemon from its options and runs it until a signal ends it.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/options.h"

namespace {

constexpr int kFailed = 1;

// Ends the daemon as SIGTERM does, but leaves the program attached for the daemon that comes next.
constexpr int kHandOver = SIGUSR1;

// Signals that end the daemon, and the one to reload. Blocked in every thread, so that only
// sigwait() takes them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, kHandOver);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Nothing that we start, such as the commands of health checks, is to have our capabilities.
void drop_ambient_capabilities() { prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); }

// Under a systemd unit with WatchdogSec=.
void feed_watchdog(signpost::daemon::Daemon& daemon) {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return;
  daemon.feed_watchdog(std::chrono::microseconds(microseconds), [] { sd_notify(0, "WATCHDOG=1"); });
}

}  // namespace

int main(int argc, char** argv) {
  auto parsed = signpost::daemon::parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const auto& options = std::get<signpost::daemon::Options>(parsed);
  if (!signpost::log::initialise(options.log_level).ok()) return kFailed;
  umask(027);
  drop_ambient_capabilities();
  const sigset_t signals = block_signals();
  signpost::daemon::Daemon daemon(options);
  if (const absl::Status started = daemon.start(); !started.ok()) {
    std::cerr << "signpostd: " << started.message() << '\n';
    return kFailed;
  }
  sd_notify(0, "READY=1");
  feed_watchdog(daemon);
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) daemon.reload();
  sd_notify(0, "STOPPING=1");
  signpost::log::info("stopping", {{"signal", strsignal(signal)}});
  if (signal == kHandOver) daemon.keep_attached();
  daemon.stop();
  // All threads have ended and all is stored. To free a large configuration piece by piece would
  // take seconds, for which a restarted daemon would have to wait.
  std::cout.flush();
  std::_Exit(0);
}
