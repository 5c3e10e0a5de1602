// probes_bench [TARGETS [SECONDS]]: what probing that many HTTP targets every 10 s costs. A process
// of its own plays all targets on loopback; figures are of this process alone. Run by hand:
// `build/release/tests/benchmark/probes_bench`.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/log.h"
#include "health/monitor.h"
#include "tests/unit/health/loopback_server.h"

namespace {

using namespace signpost;
using std::chrono::milliseconds;

constexpr milliseconds kWindow{100};

// Serves on all of 127/8 in a child process, and gives its port.
std::uint16_t start_targets() {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    boost::asio::io_context io{1};
    LoopbackServer server(io, reply_status(200), "0.0.0.0");
    const std::uint16_t port = server.port();
    if (::write(ends[1], &port, sizeof(port)) != sizeof(port)) std::exit(1);
    io.run();
    std::exit(0);
  }
  std::uint16_t port = 0;
  if (::read(ends[0], &port, sizeof(port)) != sizeof(port)) std::exit(1);
  return port;
}

std::vector<model::HealthCheckPtr> checks_of(unsigned targets, std::uint16_t port) {
  std::vector<model::HealthCheckPtr> checks;
  for (unsigned i = 0; i < targets; ++i) {
    auto check = std::make_shared<model::HealthCheck>();
    check->id = "target-" + std::to_string(i);
    model::HttpProbe probe;
    probe.target.address =
        "127.1." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250 + 1);
    probe.target.port = port;
    probe.resource_path = "/health";
    check->kind = probe;
    check->request_interval = std::chrono::seconds(10);
    checks.push_back(std::move(check));
  }
  return checks;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// Probes that ended in each window of 100 ms.
class Windows {
 public:
  Windows(boost::asio::io_context& io, const health::Monitor& monitor)
      : monitor_(monitor), timer_(io) {}

  void begin(std::chrono::seconds until_end) {
    left_ = until_end / kWindow;
    last_ = probes();
    next_ = std::chrono::steady_clock::now();
    wait();
  }
  const std::vector<std::uint64_t>& counts() const { return counts_; }

 private:
  std::uint64_t probes() const {
    std::uint64_t sum = 0;
    for (const health::CheckState& state : monitor_.states()) sum += state.probes;
    return sum;
  }
  void wait() {
    next_ += kWindow;
    timer_.expires_at(next_);
    timer_.async_wait([this](const auto&) {
      const std::uint64_t now = probes();
      counts_.push_back(now - last_);
      last_ = now;
      if (--left_ > 0) wait();
    });
  }

  const health::Monitor& monitor_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::time_point next_;
  long left_ = 0;
  std::uint64_t last_ = 0;
  std::vector<std::uint64_t> counts_;
};

}  // namespace

int main(int argc, char** argv) {
  const unsigned targets = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 10'000;
  const std::chrono::seconds duration(argc > 2 ? std::atoi(argv[2]) : 30);
  if (!log::initialise("error").ok()) return 1;
  const std::uint16_t port = start_targets();
  boost::asio::io_context io{1};
  health::Monitor monitor(io, [](const health::CheckState&) {});
  monitor.set_checks(checks_of(targets, port));
  io.run_for(std::chrono::seconds(12));  // the first slots are within a second
  const double before = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t probes = 0;
  std::uint64_t failures = 0;
  for (const auto& state : monitor.states()) probes += state.probes;
  io.run_for(duration);
  const double cpu = cpu_seconds() - before;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began;
  std::uint64_t after = 0;
  for (const auto& state : monitor.states()) {
    after += state.probes;
    failures += state.failures;
  }
  std::printf(
      "%u targets every 10 s: %.0f probes/s, %lu failures, %.1f %% of a core, %.0f MiB resident\n",
      targets, static_cast<double>(after - probes) / elapsed.count(), failures,
      100 * cpu / elapsed.count(), resident_mib());
  Windows windows(io, monitor);
  windows.begin(duration);
  io.run_for(duration + kWindow);
  const auto& counts = windows.counts();
  const double mean = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0ul)) /
                      static_cast<double>(counts.size());
  std::printf("probes in 100 ms: mean %.1f, peak %lu (%.2f times the mean)\n", mean,
              *std::max_element(counts.begin(), counts.end()),
              static_cast<double>(*std::max_element(counts.begin(), counts.end())) / mean);
  monitor.stop();
  return 0;
}
