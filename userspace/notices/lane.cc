#include "notices/lane.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "base/log.h"

namespace signpost::notices {

using model::NoticePtr;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kPage = 100;
constexpr unsigned kDoublingsMax = 20;

milliseconds with_jitter(milliseconds wait) {
  static thread_local std::minstd_rand random(std::random_device{}());
  std::uniform_int_distribution<std::int64_t> left_off(0, wait.count() / 2);
  return wait - milliseconds(left_off(random));
}

}  // namespace

Lane::Lane(boost::asio::io_context& io, const DeliverySettings& settings, const RetryTimes& retry,
           const NoticeLog& log, model::NoticeReceiverPtr receiver, std::uint64_t done,
           std::function<void()> on_done)
    : io_(io),
      settings_(settings),
      retry_(retry),
      log_(log),
      on_done_(std::move(on_done)),
      timer_(io) {
  state_.receiver = std::move(receiver);
  state_.done = done;
}

ReceiverState Lane::state() const {
  ReceiverState state;
  {
    const std::lock_guard lock(mutex_);
    state = state_;
  }
  for (const NoticePtr& notice : log_.after(state.done, std::numeric_limits<std::size_t>::max()))
    if (model::wants(*state.receiver, notice->event)) ++state.waiting;
  return state;
}

void Lane::set_receiver(model::NoticeReceiverPtr receiver) {
  give_up_delivery();
  tries_ = 0;
  {
    const std::lock_guard lock(mutex_);
    state_.receiver = std::move(receiver);
    state_.last_error.clear();
  }
  advance();
}

void Lane::stop() {
  stopped_ = true;
  give_up_delivery();
}

void Lane::give_up_delivery() {
  ++turn_;
  waits_ = false;
  timer_.cancel();
  if (const auto cancel = std::exchange(cancel_, nullptr)) cancel();
}

void Lane::advance() {
  if (stopped_ || waits_ || cancel_) return;
  if (const NoticePtr notice = next()) start(notice);
}

NoticePtr Lane::next() {
  const std::lock_guard lock(mutex_);
  NoticePtr wanted;
  const std::uint64_t before = state_.done;
  while (wanted == nullptr) {
    const std::vector<NoticePtr> page = log_.after(state_.done, kPage);
    if (page.empty()) break;
    for (const NoticePtr& notice : page) {
      state_.dropped += notice->number - state_.done - 1;
      state_.done = notice->number - 1;
      if (model::wants(*state_.receiver, notice->event)) {
        wanted = notice;
        break;
      }
      state_.done = notice->number;
    }
  }
  if (state_.done != before) on_done_();
  return wanted;
}

void Lane::start(const NoticePtr& notice) {
  model::NoticeReceiverPtr receiver;
  {
    const std::lock_guard lock(mutex_);
    receiver = state_.receiver;
  }
  cancel_ = deliver(io_, settings_, *notice, *receiver,
                    [self = shared_from_this(), notice, turn = turn_](DeliveryOutcome outcome,
                                                                      const std::string& text) {
                      if (turn == self->turn_) self->on_delivered(notice, outcome, text);
                    });
}

void Lane::on_delivered(const NoticePtr& notice, DeliveryOutcome outcome, const std::string& text) {
  cancel_ = nullptr;
  const bool failed = outcome == DeliveryOutcome::kFailed;
  std::string id;
  {
    const std::lock_guard lock(mutex_);
    id = state_.receiver->id;
    state_.last_error = outcome == DeliveryOutcome::kTaken ? "" : text;
    if (!failed) state_.done = notice->number;
    if (failed) ++state_.failed;
    if (outcome == DeliveryOutcome::kRefused) ++state_.refused;
    if (outcome == DeliveryOutcome::kTaken) {
      ++state_.sent;
      state_.last_sent = std::chrono::system_clock::now();
    }
  }
  if (outcome == DeliveryOutcome::kRefused)
    log::warning("a notice was refused by its receiver and is given up",
                 {{"receiver", id}, {"notice", notice->number}, {"reason", text}});
  if (failed) {
    if (tries_ == 0)
      log::warning("a receiver does not take notices; they wait for it",
                   {{"receiver", id}, {"notice", notice->number}, {"reason", text}});
    return retry_later();
  }
  if (std::exchange(tries_, 0) > 0) log::info("a receiver takes notices again", {{"receiver", id}});
  on_done_();
  advance();
}

void Lane::retry_later() {
  const milliseconds doubled = retry_.first * (std::int64_t{1} << std::min(tries_, kDoublingsMax));
  ++tries_;
  waits_ = true;
  timer_.expires_after(with_jitter(std::min(doubled, retry_.longest)));
  timer_.async_wait(
      [self = shared_from_this(), turn = turn_](const boost::system::error_code& cancelled) {
        if (cancelled || turn != self->turn_) return;
        self->waits_ = false;
        self->advance();
      });
}

}  // namespace signpost::notices
