#include "server/dns_server.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <random>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "server/listen_socket.h"
#include "server/tcp_service.h"
#include "server/udp_batch.h"

namespace signpost::server {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

// Nothing but a lack of memory throws here.
void note(const std::exception& exception) {
  static log::RateLimit limit;
  log::warning(limit, "queries were lost", {{"why", exception.what()}});
}

void add(const ConnectionTallies& tallies, ConnectionStats& sum) {
  sum.queries += tallies.queries.value();
  sum.open += tallies.open.value();
  sum.refused += tallies.refused.value();
  tallies.durations.add_to(sum.seconds);
}

// One thread with its own sockets, buffers and counts; only a rate limit makes it share what is
// written per query.
class Worker {
 public:
  // Serves UDP and TCP, or with a context TLS alone: a handshake costs as much as hundreds of
  // replies.
  Worker(const ServerOptions& options, const Sources& sources, DeferredReplies& deferred,
         LimitBuckets& buckets, TcpLimits& limits, const LiveTlsContext* tls)
      : slots_(options.rings, std::random_device()(), options.digest_key),
        tallies_(options.counters, options.localities),
        batch_(sources, deferred, buckets, slots_, tallies_),
        tcp_(io_, limits, sources, deferred, buckets, slots_, tallies_, tls) {}
  ~Worker() { stop(); }

  absl::Status open_udp(const std::string& address, std::uint16_t port);
  absl::Status open_tcp(const std::string& address, std::uint16_t port);
  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void request_stop() { io_.stop(); }
  // Ends the thread and gives up the sockets; the counts stay.
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    sockets_.clear();
    tcp_.close();
  }
  void ask(const std::function<void()>& answer) { asio::post(io_, answer); }
  const Tallies& tallies() const { return tallies_; }

 private:
  void run();
  void wait_for_queries(udp::socket& socket);

  asio::io_context io_{1};
  SlotSource slots_;
  Tallies tallies_;
  UdpBatch batch_;
  TcpService tcp_;
  std::vector<std::unique_ptr<udp::socket>> sockets_;
  std::thread thread_;
};

absl::Status cannot_wait(const std::string& address, std::uint16_t port, const error_code& why) {
  return unavailable("cannot wait for queries on ", address, " port ", port, ": ", why.message());
}

absl::Status Worker::open_udp(const std::string& address, std::uint16_t port) {
  ASSIGN_OR_RETURN(ListenSocket opened, open_listen_socket(address, port, Protocol::kUdp));
  auto socket = std::make_unique<udp::socket>(io_);
  error_code error;
  socket->assign(opened.family == AF_INET ? udp::v4() : udp::v6(), opened.descriptor.get(), error);
  if (error) return cannot_wait(address, port, error);
  opened.descriptor.release();
  wait_for_queries(*socket);
  sockets_.push_back(std::move(socket));
  return absl::OkStatus();
}

absl::Status Worker::open_tcp(const std::string& address, std::uint16_t port) {
  ASSIGN_OR_RETURN(ListenSocket opened, open_listen_socket(address, port, Protocol::kTcp));
  const error_code error = tcp_.listen(opened.family, opened.descriptor.get());
  if (error) return cannot_wait(address, port, error);
  opened.descriptor.release();
  return absl::OkStatus();
}

void Worker::wait_for_queries(udp::socket& socket) {
  socket.async_wait(udp::socket::wait_read, [this, &socket](const error_code& error) {
    if (error == asio::error::operation_aborted) return;
    try {
      batch_.serve(socket.native_handle());
    } catch (const std::exception& exception) {
      note(exception);  // these queries are lost, those that follow need not be
    }
    wait_for_queries(socket);
  });
}

void Worker::run() {
  while (!io_.stopped()) {
    try {
      io_.run();
    } catch (const std::exception& exception) {
      note(exception);  // of a TCP handler: its connection will be closed as idle
    }
  }
}

}  // namespace

class DnsServer::Impl {
 public:
  Impl(ServerOptions options, const Sources& sources, ZoneBackend backend)
      : options_(std::move(options)),
        deferred_(std::move(backend)),
        buckets_(options_.digest_key),
        counted_before_(options_.counters),
        demand_before_(options_.localities) {
    const unsigned threads = std::max(options_.threads, 1u);
    add_workers(threads, sources, tcp_limits_, nullptr);
    tls_begin_ = workers_.size();
    if (options_.tls != nullptr) add_workers(threads, sources, tls_limits_, options_.tls);
  }

  absl::Status start();
  void stop() {
    deferred_.stop();
    for (auto& worker : workers_) worker->request_stop();
    for (auto& worker : workers_) worker->stop();
  }
  std::size_t threads() const { return workers_.size(); }
  void ask_threads(const std::function<void()>& answer) {
    for (auto& worker : workers_) worker->ask(answer);
  }
  ServerStats stats() const;
  const DigestKey& digest_key() const { return options_.digest_key; }
  std::uint64_t answer_count(std::uint32_t counter) const {
    return counter < options_.counters ? total(counter) - counted_before_[counter].load() : 0;
  }
  std::vector<std::uint64_t> answer_counts(std::size_t counters) const {
    std::vector<std::uint64_t> counts(counters);
    for (std::uint32_t i = 0; i < counts.size(); ++i) counts[i] = answer_count(i);
    return counts;
  }
  void reset_answer_count(std::uint32_t counter) {
    if (counter < options_.counters) counted_before_[counter].store(total(counter));
  }
  std::vector<std::uint64_t> demand() const {
    std::vector<std::uint64_t> demand(options_.localities);
    for (std::uint32_t i = 0; i < demand.size(); ++i)
      demand[i] = total_demand(i) - demand_before_[i].load();
    return demand;
  }
  void reset_demand() {
    for (std::uint32_t i = 0; i < demand_before_.size(); ++i)
      demand_before_[i].store(total_demand(i));
  }

 private:
  // `limits`: which the workers share.
  void add_workers(unsigned count, const Sources& sources, TcpLimits& limits,
                   const LiveTlsContext* tls) {
    limits.connections_max = options_.tcp_connections_max;
    limits.idle_timeout = options_.tcp_idle_timeout;
    for (unsigned i = 0; i < count; ++i)
      workers_.push_back(
          std::make_unique<Worker>(options_, sources, deferred_, buckets_, limits, tls));
  }
  absl::Status check_all_free() const;
  absl::Status open(Worker& worker, bool tls);
  std::uint64_t total_demand(std::uint32_t locality) const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) sum += worker->tallies().demand[locality].value();
    return sum;
  }
  std::uint64_t total(std::uint32_t counter) const {
    std::uint64_t sum = 0;
    for (const auto& worker : workers_) sum += worker->tallies().answers[counter].value();
    return sum;
  }

  ServerOptions options_;
  DeferredReplies deferred_;
  LimitBuckets buckets_;
  TcpLimits tcp_limits_;
  TcpLimits tls_limits_;
  // Answers counted for whoever held the id before: the threads' own counts are never written by
  // another.
  std::vector<std::atomic<std::uint64_t>> counted_before_;
  std::vector<std::atomic<std::uint64_t>> demand_before_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t tls_begin_ = 0;  // the first of workers_ that serves TLS
};

absl::Status DnsServer::Impl::check_all_free() const {
  for (const std::string& address : options_.listen) {
    RETURN_IF_ERROR(check_free(address, options_.port, Protocol::kUdp));
    RETURN_IF_ERROR(check_free(address, options_.port, Protocol::kTcp));
    if (options_.tls != nullptr)
      RETURN_IF_ERROR(check_free(address, options_.tls_port, Protocol::kTcp));
  }
  return absl::OkStatus();
}

absl::Status DnsServer::Impl::open(Worker& worker, bool tls) {
  for (const std::string& address : options_.listen) {
    if (!tls) RETURN_IF_ERROR(worker.open_udp(address, options_.port));
    RETURN_IF_ERROR(worker.open_tcp(address, tls ? options_.tls_port : options_.port));
  }
  return absl::OkStatus();
}

absl::Status DnsServer::Impl::start() {
  absl::Status opened = check_all_free();
  for (std::size_t i = 0; opened.ok() && i < workers_.size(); ++i)
    opened = open(*workers_[i], i >= tls_begin_);
  if (!opened.ok()) {
    stop();
    return opened;
  }
  deferred_.start();
  for (auto& worker : workers_) worker->start();
  return absl::OkStatus();
}

ServerStats DnsServer::Impl::stats() const {
  ServerStats stats;
  std::vector<const ReplyTallies*> replies;
  for (const auto& worker : workers_) {
    const Tallies& tallies = worker->tallies();
    stats.udp_queries += tallies.udp_queries.value();
    stats.udp_replies_dropped += tallies.udp_replies_dropped.value();
    add(tallies.tcp, stats.tcp);
    add(tallies.tls, stats.tls);
    for (std::size_t i = 0; i < stats.tls_handshakes.size(); ++i)
      stats.tls_handshakes[i] += tallies.tls_handshakes[i].value();
    stats.truncated += tallies.truncated.value();
    replies.push_back(&tallies.replies);
    tallies.udp_durations.add_to(stats.udp_seconds);
    for (std::size_t i = 0; i < stats.guard_events.size(); ++i)
      stats.guard_events[i] += tallies.guard_events[i].value();
  }
  stats.replies = sum_of(replies);
  stats.transfers = deferred_.transfers();
  stats.forwarded = deferred_.forwarded();
  return stats;
}

DnsServer::DnsServer(ServerOptions options, const Sources& sources, ZoneBackend backend)
    : impl_(std::make_unique<Impl>(std::move(options), sources, std::move(backend))) {}
DnsServer::~DnsServer() = default;

absl::Status DnsServer::start() { return impl_->start(); }
void DnsServer::stop() { impl_->stop(); }
std::size_t DnsServer::threads() const { return impl_->threads(); }
void DnsServer::ask_threads(const std::function<void()>& answer) { impl_->ask_threads(answer); }
ServerStats DnsServer::stats() const { return impl_->stats(); }
const DigestKey& DnsServer::digest_key() const { return impl_->digest_key(); }
std::uint64_t DnsServer::answer_count(std::uint32_t counter) const {
  return impl_->answer_count(counter);
}
std::vector<std::uint64_t> DnsServer::answer_counts(std::size_t counters) const {
  return impl_->answer_counts(counters);
}
void DnsServer::reset_answer_count(std::uint32_t counter) { impl_->reset_answer_count(counter); }
std::vector<std::uint64_t> DnsServer::demand() const { return impl_->demand(); }
void DnsServer::reset_demand() { impl_->reset_demand(); }

}  // namespace signpost::server
