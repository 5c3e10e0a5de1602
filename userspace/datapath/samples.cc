#include "datapath/samples.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "bpf/abi.h"

namespace signpost::datapath {
namespace {

// The ring has room for what comes meanwhile (kernel_maps.cc).
constexpr std::chrono::milliseconds kReadInterval{20};

struct FreeRing {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};
using Ring = std::unique_ptr<ring_buffer, FreeRing>;

SampledSocket socket_of(const __u32 (&address)[4], __u32 port) {
  SampledSocket socket;
  std::memcpy(socket.address.data(), address, socket.address.size());
  socket.port = ntohs(static_cast<std::uint16_t>(port));
  return socket;
}

void set_gap(KernelMaps& maps, std::uint32_t gap) {
  std::atomic_ref(maps.control().sample_gap).store(gap, std::memory_order_release);
}

}  // namespace

std::optional<Sample> read_sample(std::span<const std::byte> record) {
  sample head;
  if (record.size() < SAMPLE_HEAD_OCTETS) return std::nullopt;
  std::memcpy(&head, record.data(), SAMPLE_HEAD_OCTETS);
  if (head.query_length > QUERY_OCTETS_MAX) return std::nullopt;
  const std::size_t reply = SAMPLE_HEAD_OCTETS + sample_query_octets(head.query_length);
  if (reply > record.size() || head.reply_length > record.size() - reply) return std::nullopt;
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(record.data());
  return Sample{.time = std::chrono::nanoseconds(head.time),
                .stands_for = head.gap,
                .client = socket_of(head.client, head.ports >> 16),
                .server = socket_of(head.server, head.ports & 0xffff),
                .query = {octets + SAMPLE_HEAD_OCTETS, head.query_length},
                .reply = {octets + reply, head.reply_length}};
}

void stop_samples(KernelMaps& maps) { set_gap(maps, 0); }

class SampleReader::Impl {
 public:
  Impl(KernelMaps& maps, OnSample on_sample) : maps_(maps), on_sample_(std::move(on_sample)) {}

  ~Impl() { stop_samples(maps_); }

  absl::Status start(std::uint32_t gap) {
    ring_.reset(ring_buffer__new(maps_.samples_fd(), on_record, this, nullptr));
    if (!ring_) return system_error(errno, "reading samples of the fast path");
    ring_buffer__consume(ring_.get());  // what an earlier reader left
    ASSIGN_OR_RETURN(lost_before_, maps_.samples_lost());
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    datapath::set_gap(maps_, gap);
    return absl::OkStatus();
  }

  void set_gap(std::uint32_t gap) { datapath::set_gap(maps_, gap); }
  std::uint64_t read() const { return read_; }
  std::uint64_t lost() const { return maps_.samples_lost().value_or(lost_before_) - lost_before_; }

 private:
  void run(const std::stop_token& stop) {
    taking_ = true;
    std::unique_lock lock(mutex_);
    bool last = false;
    while (!last) {
      stopped_.wait_for(lock, stop, kReadInterval, [] { return false; });
      last = stop.stop_requested();
      ring_buffer__consume(ring_.get());
    }
  }

  static int on_record(void* self, void* record, std::size_t octets) {
    static_cast<Impl*>(self)->take({static_cast<const std::byte*>(record), octets});
    return 0;
  }

  void take(std::span<const std::byte> record) {
    const std::optional<Sample> sample = taking_ ? read_sample(record) : std::nullopt;
    if (!sample) return;
    ++read_;
    on_sample_(*sample);
  }

  KernelMaps& maps_;
  const OnSample on_sample_;
  Ring ring_;
  bool taking_ = false;  // by the thread alone, once there is one
  std::uint64_t lost_before_ = 0;
  std::atomic<std::uint64_t> read_{0};
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // ends before what it reads
};

absl::StatusOr<std::unique_ptr<SampleReader>> SampleReader::open(KernelMaps& maps,
                                                                 std::uint32_t gap,
                                                                 OnSample on_sample) {
  auto impl = std::make_unique<Impl>(maps, std::move(on_sample));
  RETURN_IF_ERROR(impl->start(gap));
  return std::unique_ptr<SampleReader>(new SampleReader(std::move(impl)));
}

SampleReader::SampleReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SampleReader::~SampleReader() = default;
void SampleReader::set_gap(std::uint32_t gap) { impl_->set_gap(gap); }
std::uint64_t SampleReader::read() const { return impl_->read(); }
std::uint64_t SampleReader::lost() const { return impl_->lost(); }

}  // namespace signpost::datapath
