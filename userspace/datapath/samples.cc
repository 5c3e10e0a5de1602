#include "datapath/samples.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "bpf/abi.h"

namespace signpost::datapath {
namespace {

// 256 KiB a CPU, some 1,000 samples. The kernel allows twice as much without CAP_IPC_LOCK
// (kernel.perf_event_mlock_kb).
constexpr std::size_t kPages = 64;
constexpr std::uint32_t kWakeOctets = 64 << 10;
// Samples that are too few to wake the reader wait for so long.
constexpr int kPollMilliseconds = 20;

struct FreeBuffer {
  void operator()(perf_buffer* buffer) const { perf_buffer__free(buffer); }
};
using Buffer = std::unique_ptr<perf_buffer, FreeBuffer>;

// Records of perf_event_open(2) with PERF_SAMPLE_RAW alone.
struct RawRecord {
  perf_event_header header;
  std::uint32_t size;
  std::byte data[];
};
struct LostRecord {
  perf_event_header header;
  std::uint64_t id;
  std::uint64_t lost;
};

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
  const std::size_t frame = SAMPLE_HEAD_OCTETS + sample_query_octets(head.query_length);
  if (frame > record.size() || head.frame_length > record.size() - frame ||
      head.message > head.frame_length)
    return std::nullopt;
  const auto* const octets = reinterpret_cast<const std::uint8_t*>(record.data());
  return Sample{.time = std::chrono::nanoseconds(head.time),
                .stands_for = head.gap,
                .client = socket_of(head.client, head.ports >> 16),
                .server = socket_of(head.server, head.ports & 0xffff),
                .query = {octets + SAMPLE_HEAD_OCTETS, head.query_length},
                .reply = {octets + frame + head.message, head.frame_length - head.message}};
}

void stop_samples(KernelMaps& maps) { set_gap(maps, 0); }

class SampleReader::Impl {
 public:
  Impl(KernelMaps& maps, OnSample on_sample) : maps_(maps), on_sample_(std::move(on_sample)) {}

  ~Impl() {
    stop_samples(maps_);
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    if (buffer_) perf_buffer__consume(buffer_.get());
  }

  absl::Status start(std::uint32_t gap) {
    perf_event_attr attributes{};
    attributes.size = sizeof(attributes);
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_BPF_OUTPUT;
    attributes.sample_type = PERF_SAMPLE_RAW;
    attributes.watermark = 1;  // a reader that woke for each sample would cost more than packets do
    attributes.wakeup_watermark = kWakeOctets;
    buffer_.reset(
        perf_buffer__new_raw(maps_.samples_fd(), kPages, &attributes, on_record, this, nullptr));
    if (!buffer_) return system_error(errno, "making room for samples of the fast path");
    thread_ = std::thread([this] { run(); });
    datapath::set_gap(maps_, gap);
    return absl::OkStatus();
  }

  void set_gap(std::uint32_t gap) { datapath::set_gap(maps_, gap); }
  std::uint64_t read() const { return read_; }
  std::uint64_t lost() const { return lost_; }

 private:
  void run() {
    while (!stopping_) {
      perf_buffer__poll(buffer_.get(), kPollMilliseconds);
      perf_buffer__consume(buffer_.get());
    }
  }

  static bpf_perf_event_ret on_record(void* self, int, perf_event_header* header) {
    static_cast<Impl*>(self)->take(*header);
    return LIBBPF_PERF_EVENT_CONT;
  }

  void take(const perf_event_header& header) {
    if (header.type == PERF_RECORD_LOST) {
      lost_ += reinterpret_cast<const LostRecord&>(header).lost;
      return;
    }
    if (header.type != PERF_RECORD_SAMPLE) return;
    const auto& raw = reinterpret_cast<const RawRecord&>(header);
    const std::optional<Sample> sample = read_sample({raw.data, raw.size});
    if (!sample) return;
    ++read_;
    on_sample_(*sample);
  }

  KernelMaps& maps_;
  const OnSample on_sample_;
  Buffer buffer_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::thread thread_;
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
