#include "health/probes/probe_run.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace signpost::health {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kLatenessAllowed{200};

std::string prefix_of(ProbeOutcome outcome) {
  switch (outcome) {
    case ProbeOutcome::kSuccess:
      return "Success: ";
    case ProbeOutcome::kFailure:
      return "Failure: ";
    case ProbeOutcome::kNoData:
      return "No data: ";
    case ProbeOutcome::kDiscarded:
      break;
  }
  return "";
}

}  // namespace

std::string duration_text(milliseconds duration) {
  if (duration < milliseconds(1)) return "under 1 ms";
  if (duration % std::chrono::seconds(1) == milliseconds::zero())
    return std::to_string(duration / std::chrono::seconds(1)) + " s";
  return std::to_string(duration.count()) + " ms";
}

bool is_our_shortage(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
         error == asio::error::no_memory || error == boost::system::errc::address_not_available ||
         error == boost::system::errc::too_many_files_open_in_system;
}

ProbeRun::ProbeRun(asio::io_context& io, const ProbeSettings& settings, ProbeRequest request,
                   OnProbeResult on_result)
    : io_(io),
      settings_(settings),
      request_(std::move(request)),
      on_result_(std::move(on_result)),
      timer_(io) {}

void ProbeRun::start() {
  asio::post(io_, [self = shared_from_this()] {
    if (!self->done_) self->begin();
  });
}

void ProbeRun::cancel() {
  if (done_) return;
  done_ = true;
  on_result_ = nullptr;
  timer_.cancel();
  close();
}

void ProbeRun::arm(milliseconds limit, std::string failure) {
  const Clock::time_point deadline = Clock::now() + limit;
  deadline_ = deadline;
  discard_after_ = deadline + std::max(limit / 10, kLatenessAllowed);
  timer_.expires_at(deadline);
  timer_.async_wait([self = shared_from_this(), deadline,
                     failure = std::move(failure)](const error_code& cancelled) {
    if (!cancelled) self->on_limit(deadline, failure);
  });
}

void ProbeRun::on_limit(Clock::time_point deadline, const std::string& failure) {
  // A wait that ended just before it was replaced arrives here without an error.
  if (deadline != deadline_ || !goes_on()) return;
  fail(failure);
}

bool ProbeRun::goes_on() {
  if (done_) return false;
  if (Clock::now() <= discard_after_) return true;
  discard("we were too late to judge " + endpoint_);
  return false;
}

void ProbeRun::step(const std::string& text) {
  if (request_.with_steps) steps_.push_back({elapsed(), text});
}

void ProbeRun::succeed(const std::string& what) {
  const auto taken = std::chrono::duration_cast<milliseconds>(elapsed());
  end(ProbeOutcome::kSuccess, what + " in " + duration_text(taken));
}

void ProbeRun::end(ProbeOutcome outcome, const std::string& text) {
  if (done_) return;
  done_ = true;
  timer_.cancel();
  if (outcome == ProbeOutcome::kSuccess) on_success();
  close();
  const auto on_result = std::exchange(on_result_, nullptr);
  on_result(
      {outcome, prefix_of(outcome) + text, elapsed(), certificate_expires_, std::move(steps_)});
}

}  // namespace signpost::health
