#include "daemon/sample_tap.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::daemon {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

// So many samples a second tell a share of a hundredth to a seventh of it, and cost a processor
// some hundredth of its time. Fewer answers are all seen.
constexpr double kSamplesWanted = 5000;
constexpr double kGapMax = 1e9;
// For how long answers are counted before the first sample.
constexpr std::chrono::milliseconds kFirstLook{50};

// When it was by the clock of the day: samples have the time of the one that does not jump.
system_clock::time_point time_of(std::chrono::nanoseconds monotonic) {
  const auto ago = steady_clock::now().time_since_epoch() - monotonic;
  return system_clock::now() - std::chrono::duration_cast<system_clock::duration>(ago);
}

// The fast path takes no time worth telling: query and reply have that of the reply.
server::Tapped tapped(const datapath::Sample& sample) {
  const system_clock::time_point time = time_of(sample.time);
  return {.stands_for = sample.stands_for,
          .transport = server::Transport::kUdp,
          .client = {sample.client.address, sample.client.port},
          .server = server::TappedSocket{sample.server.address, sample.server.port},
          .received = time,
          .answered = time,
          .query = sample.query,
          .reply = sample.reply};
}

}  // namespace

SampleTap::SampleTap(KernelFastPath& fast_path, SampleTapOptions options)
    : fast_path_(fast_path), options_(std::move(options)) {}

absl::Status SampleTap::start() {
  if (options_.dnstap == nullptr) return absl::OkStatus();
  const std::lock_guard lock(mutex_);
  return open(options_.dnstap_gap);
}

absl::Status SampleTap::open(std::uint32_t gap) {
  ASSIGN_OR_RETURN(
      reader_, fast_path_.sample(gap, [this](const datapath::Sample& sample) { show(sample); }));
  return absl::OkStatus();
}

void SampleTap::show(const datapath::Sample& sample) const {
  const server::Tapped query = tapped(sample);
  if (options_.dnstap != nullptr) options_.dnstap->show(query);
  if (options_.watch->is_watched()) options_.watch->show(query);
}

void SampleTap::follow(bool watched) {
  if (options_.dnstap != nullptr) return;
  const std::lock_guard lock(mutex_);
  if (!watched) {
    reader_.reset();
  } else if (reader_ != nullptr) {
    reader_->set_gap(gap_now());
  } else {
    gap_now();
    std::this_thread::sleep_for(kFirstLook);
    static log::RateLimit limit;
    if (const absl::Status opened = open(gap_now()); !opened.ok())
      log::warning(limit, "what the fast path is asked for can't be watched",
                   {{"error", std::string(opened.message())}});
  }
}

// By the answers since the last look.
std::uint32_t SampleTap::gap_now() {
  const steady_clock::time_point now = steady_clock::now();
  if (now - looked_ < kFirstLook) return gap_;
  const std::uint64_t answers = options_.answers();
  const double seconds = std::chrono::duration<double>(now - looked_).count();
  const double rate = static_cast<double>(answers - answers_) / seconds;
  answers_ = answers;
  looked_ = now;
  gap_ = static_cast<std::uint32_t>(std::clamp(std::ceil(rate / kSamplesWanted), 1.0, kGapMax));
  return gap_;
}

void SampleTap::collect(std::vector<metrics::Family>& families) const {
  if (options_.dnstap == nullptr) return;
  const std::lock_guard lock(mutex_);
  if (reader_ == nullptr) return;
  families
      .emplace_back(metrics::Type::kCounter, "signpost_dnstap_samples_total",
                    "Replies of the fast path that were taken as samples for dnstap: read, or lost "
                    "because too many came at a time.")
      .add({{"outcome", "read"}}, static_cast<double>(reader_->read()))
      .add({{"outcome", "lost"}}, static_cast<double>(reader_->lost()));
}

}  // namespace signpost::daemon
