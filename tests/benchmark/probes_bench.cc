// probes_bench http|https|hostile [TARGETS [SECONDS]]: what probing costs, and whether it is on
// time. Prints JSON.
//   http, https  TARGETS (default: 10,000) on loopback, which a process of its own plays, probed
//   every 10 s. Figures are
//                of this process alone: share of a core, memory, and probes in each 100 ms.
//   hostile      TARGETS (default: 500) that hang, drip, flood, reset or do not resolve, probed
//   every second beside 50
//                good ones, and how far those are from their rhythm.
// probes_bench serve-http|serve-https: plays the targets alone, on the port that it prints, until
// standard input ends; for daemon_probes.py.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/log.h"
#include "health/monitor.h"
#include "tests/support/tls_server.h"

namespace {

namespace asio = boost::asio;
using namespace signpost;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr milliseconds kWindow{100};
const std::string kResponse = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

Conduct serve_https() {
  const auto expires = std::chrono::system_clock::now() + std::chrono::days(365);
  return serve_tls(server_context(make_certificate("target.example", expires)), nullptr, kResponse,
                   1000);
}

// One server for each conduct, in a child process, on all of 127/8; gives their ports.
std::vector<std::uint16_t> start_targets(const std::vector<Conduct>& conducts) {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    asio::io_context io{1};
    std::vector<std::unique_ptr<LoopbackServer>> servers;
    for (const Conduct& conduct : conducts) {
      servers.push_back(std::make_unique<LoopbackServer>(io, conduct, "0.0.0.0"));
      const std::uint16_t port = servers.back()->port();
      if (::write(ends[1], &port, sizeof(port)) != sizeof(port)) std::exit(1);
    }
    io.run();
    std::exit(0);
  }
  std::vector<std::uint16_t> ports(conducts.size());
  for (std::uint16_t& port : ports) {
    if (::read(ends[0], &port, sizeof(port)) != sizeof(port)) std::exit(1);
  }
  return ports;
}

std::string loopback_address(unsigned i) {
  return "127.1." + std::to_string(i / 250 % 250) + "." + std::to_string(i % 250 + 1);
}

model::HealthCheckPtr check_of(const std::string& id, model::HttpProbe probe, seconds interval) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  probe.resource_path = "/health";
  check->kind = std::move(probe);
  check->request_interval = interval;
  return check;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::uint64_t probes_of(const health::Monitor& monitor) {
  std::uint64_t sum = 0;
  for (const health::CheckState& state : monitor.states()) sum += state.probes;
  return sum;
}

// Probes that ended in each window of 100 ms.
std::vector<std::uint64_t> count_windows(asio::io_context& io, const health::Monitor& monitor,
                                         seconds duration) {
  std::vector<std::uint64_t> counts;
  std::uint64_t last = probes_of(monitor);
  const auto began = steady_clock::now();
  for (auto next = began + kWindow; next <= began + duration; next += kWindow) {
    io.run_until(next);
    const std::uint64_t now = probes_of(monitor);
    counts.push_back(now - last);
    last = now;
  }
  return counts;
}

Conduct good_target(bool https) {
  return https ? serve_https() : converse(std::vector<std::string>(20, kResponse));
}

void serve_until_input_ends(bool https) {
  std::printf("%u\n", start_targets({good_target(https)}).front());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

void measure_cost(bool https, unsigned targets, seconds duration) {
  const std::uint16_t port = start_targets({good_target(https)}).front();
  std::vector<model::HealthCheckPtr> checks;
  for (unsigned i = 0; i < targets; ++i) {
    model::HttpProbe probe;
    probe.target = {.address = loopback_address(i), .host = "target.example", .port = port};
    if (https) probe.tls.emplace();
    checks.push_back(check_of("target-" + std::to_string(i), probe, seconds(10)));
  }
  asio::io_context io{1};
  health::Monitor monitor(io, [](const health::CheckState&) {});
  monitor.set_checks(std::move(checks));
  io.run_for(seconds(22));  // the first slots are within a second; all sessions are there by then
  const double cpu_before = cpu_seconds();
  const std::uint64_t before = probes_of(monitor);
  const auto began = steady_clock::now();
  io.run_for(duration);
  const std::chrono::duration<double> elapsed = steady_clock::now() - began;
  const double cpu = cpu_seconds() - cpu_before;
  const auto counts = count_windows(io, monitor, duration);
  const double peak = static_cast<double>(*std::max_element(counts.begin(), counts.end()));
  const double mean = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0ul)) /
                      static_cast<double>(counts.size());
  std::uint64_t failures = 0;
  for (const auto& state : monitor.states()) failures += state.failures;
  std::printf(
      "{\"targets\": %u, \"probes_per_second\": %.0f, \"failures\": %lu, \"core_percent\": %.1f, "
      "\"mib\": %.0f, \"in_100_ms\": {\"mean\": %.1f, \"most\": %.0f}}\n",
      targets, static_cast<double>(probes_of(monitor) - before) / (2 * elapsed.count()), failures,
      100 * cpu / elapsed.count(), resident_mib(), mean, peak);
  monitor.stop();
}

model::HealthCheckPtr hostile_check(unsigned i, const std::vector<std::uint16_t>& ports) {
  model::HttpProbe probe;
  const std::size_t kind = i % (ports.size() + 2);
  const std::uint16_t port = ports[kind % ports.size()];
  probe.target = {.address = loopback_address(i), .host = "", .port = port};
  if (kind == 1) probe.search_string = "never there";
  if (kind == ports.size()) probe.tls.emplace();  // a handshake that hangs
  if (kind == ports.size() + 1) probe.target = {"", "does-not-resolve.example", 80};
  return check_of("hostile-" + std::to_string(i), probe, seconds(1));
}

void measure_rhythm(unsigned targets, seconds duration) {
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const auto ports = start_targets({stay_silent(), flood(head + "\r\n", std::string(65536, 'x')),
                                    drip(std::string(1000, 'H'), seconds(1)), reset_at_once(),
                                    flood(head, "X: " + std::string(1000, 'y') + "\r\n")});
  std::vector<model::HealthCheckPtr> checks;
  for (unsigned i = 0; i < targets; ++i) checks.push_back(hostile_check(i, ports));
  asio::io_context io{1};
  std::vector<std::unique_ptr<LoopbackServer>> good;
  std::vector<std::vector<steady_clock::time_point>> seen(50);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Conduct answer = reply_status(200);
    good.push_back(std::make_unique<LoopbackServer>(io, [&seen, i, answer](auto socket) {
      seen[i].push_back(steady_clock::now());
      answer(std::move(socket));
    }));
    model::HttpProbe probe;
    probe.target = {.address = "127.0.0.1", .host = "", .port = good.back()->port()};
    checks.push_back(check_of("good-" + std::to_string(i), probe, seconds(1)));
  }
  health::ProbeSettings settings;
  settings.resolvers = {{"127.0.0.1", ports.front()}};  // where nobody answers queries
  health::Monitor monitor(
      io, [](const health::CheckState&) {}, std::move(settings));
  monitor.set_checks(std::move(checks));
  io.run_for(duration);
  steady_clock::duration worst{0};
  std::size_t gaps = 0;
  for (const auto& times : seen) {
    for (std::size_t i = 2; i < times.size(); ++i, ++gaps)  // the second slot joins the grid
      worst = std::max(worst, std::chrono::abs(times[i] - times[i - 1] - seconds(1)));
  }
  std::printf("{\"good\": %zu, \"hostile\": %u, \"intervals\": %zu, \"worst_ms\": %.1f}\n",
              good.size(), targets, gaps, std::chrono::duration<double, std::milli>(worst).count());
  monitor.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const int targets = argc > 2 ? std::atoi(argv[2]) : mode == "hostile" ? 500 : 10'000;
  const seconds duration(argc > 3 ? std::atoi(argv[3]) : 20);
  if (!log::initialise("error").ok() || targets <= 0) return 1;
  if (mode == "hostile") {
    measure_rhythm(static_cast<unsigned>(targets), duration);
  } else if (mode == "http" || mode == "https") {
    measure_cost(mode == "https", static_cast<unsigned>(targets), duration);
  } else if (mode == "serve-http" || mode == "serve-https") {
    serve_until_input_ends(mode == "serve-https");
  } else {
    std::fprintf(stderr, "usage: probes_bench http|https|hostile [TARGETS [SECONDS]]\n");
    return 2;
  }
  return 0;
}
