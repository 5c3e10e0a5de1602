#include "daemon/sample_tap.h"

#include <chrono>
#include <utility>

#include "base/status.h"

namespace signpost::daemon {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

// When it was by the clock of the day: samples have the time of the one that does not jump.
system_clock::time_point time_of(std::chrono::nanoseconds monotonic) {
  const auto ago = steady_clock::now().time_since_epoch() - monotonic;
  return system_clock::now() - std::chrono::duration_cast<system_clock::duration>(ago);
}

// The fast path takes no time worth telling: query and reply have that of the reply.
server::Tapped tapped(const datapath::Sample& sample, std::uint32_t one_in) {
  const system_clock::time_point time = time_of(sample.time);
  return {.stands_for = one_in,
          .transport = server::Transport::kUdp,
          .client = {sample.client.address, sample.client.port},
          .server = server::TappedSocket{sample.server.address, sample.server.port},
          .received = time,
          .answered = time,
          .query = sample.query,
          .reply = sample.reply};
}

}  // namespace

absl::StatusOr<SampleTap> SampleTap::open(KernelFastPath& fast_path, std::uint32_t one_in,
                                          server::QueryTap& tap) {
  auto show = [one_in, &tap](const datapath::Sample& sample) { tap.show(tapped(sample, one_in)); };
  ASSIGN_OR_RETURN(std::unique_ptr<datapath::SampleReader> reader,
                   fast_path.sample(one_in, std::move(show)));
  return SampleTap(std::move(reader));
}

void SampleTap::collect(std::vector<metrics::Family>& families) const {
  families
      .emplace_back(metrics::Type::kCounter, "signpost_dnstap_samples_total",
                    "Replies of the fast path that were taken as samples for dnstap: read, or lost "
                    "because too many came at a time.")
      .add({{"outcome", "read"}}, static_cast<double>(reader_->read()))
      .add({{"outcome", "lost"}}, static_cast<double>(reader_->lost()));
}

}  // namespace signpost::daemon
