#include "notices/dispatcher.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.h"

namespace signpost::notices {

namespace asio = boost::asio;
using metrics::Family;
using metrics::Type;
using model::NoticePtr;
using model::NoticeReceiverPtr;

class Dispatcher::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, NoticeLog& log, NoticeStore store, ReceiverProgress progress,
       DispatcherSettings settings)
      : io_(io),
        log_(log),
        store_(std::move(store)),
        settings_(std::move(settings)),
        save_timer_(io),
        progress_(std::move(progress)) {}

  // Not in the constructor, which has no shared_from_this().
  void begin();
  void set_receivers(std::vector<NoticeReceiverPtr> receivers);
  std::map<std::string, ReceiverState> states() const;
  void collect(std::vector<Family>& families) const;
  void finish();

 private:
  using Lanes = std::map<std::string, std::shared_ptr<Lane>>;

  // On the thread of io_.
  void on_posted();
  void store_notices();
  void use(const std::vector<NoticeReceiverPtr>& receivers);
  void save_progress_soon();
  void save_progress();

  Lanes lanes() const {
    const std::lock_guard lock(mutex_);
    return lanes_;
  }

  asio::io_context& io_;
  NoticeLog& log_;
  const NoticeStore store_;
  const DispatcherSettings settings_;
  std::atomic<bool> woken_{false};  // on_posted() is under way

  // Touched on the thread of io_ only.
  asio::steady_timer save_timer_;
  bool save_is_due_ = false;
  ReceiverProgress progress_;  // as stored

  metrics::Counter posted_;
  mutable std::mutex mutex_;
  Lanes lanes_;
};

void Dispatcher::Impl::begin() {
  log_.set_on_post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->posted_.add();
    if (self->woken_.exchange(true)) return;
    asio::post(self->io_, [self] { self->on_posted(); });
  });
}

void Dispatcher::Impl::on_posted() {
  woken_ = false;
  store_notices();
  for (const auto& [id, lane] : lanes()) lane->advance();
}

// Notices that can't be stored go out all the same: a full disk is what they may be about.
void Dispatcher::Impl::store_notices() {
  const std::vector<NoticePtr> fresh = log_.unstored();
  if (fresh.empty()) return;
  if (const absl::Status saved = store_.save_notices(fresh); !saved.ok()) {
    static log::RateLimit limit;
    log::warning(limit, "notices could not be stored",
                 {{"error", std::string_view(saved.message().data(), saved.message().size())}});
  }
  log_.mark_stored(fresh.back()->number);
}

void Dispatcher::Impl::set_receivers(std::vector<NoticeReceiverPtr> receivers) {
  asio::post(
      io_, [self = shared_from_this(), receivers = std::move(receivers)] { self->use(receivers); });
}

void Dispatcher::Impl::use(const std::vector<NoticeReceiverPtr>& receivers) {
  Lanes before = lanes();
  Lanes next;
  std::vector<std::shared_ptr<Lane>> begun;
  for (const NoticeReceiverPtr& receiver : receivers) {
    const auto found = before.find(receiver->id);
    if (found != before.end()) {
      if (*found->second->state().receiver != *receiver) found->second->set_receiver(receiver);
      next.insert(before.extract(found));
      continue;
    }
    const auto known = progress_.find(receiver->id);
    const std::uint64_t last = log_.last();
    const std::uint64_t done = known == progress_.end() ? last : std::min(known->second, last);
    begun.push_back(next[receiver->id] =
                        std::make_shared<Lane>(io_, settings_.delivery, settings_.retry, log_,
                                               receiver, done, [weak = weak_from_this()] {
                                                 if (const auto self = weak.lock())
                                                   self->save_progress_soon();
                                               }));
  }
  for (const auto& [id, lane] : before) lane->stop();
  {
    const std::lock_guard lock(mutex_);
    lanes_ = std::move(next);
  }
  save_progress();
  for (const auto& lane : begun) lane->advance();
}

void Dispatcher::Impl::save_progress_soon() {
  if (std::exchange(save_is_due_, true)) return;
  save_timer_.expires_after(settings_.save_progress_every);
  save_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    const auto self = weak.lock();
    if (self && !cancelled) self->save_progress();
  });
}

void Dispatcher::Impl::save_progress() {
  save_is_due_ = false;
  ReceiverProgress progress;
  for (const auto& [id, lane] : lanes()) progress[id] = lane->state().done;
  if (progress == progress_) return;
  if (const absl::Status saved = store_.save_progress(progress); !saved.ok()) {
    static log::RateLimit limit;
    log::warning(limit, "it could not be stored which notices were taken",
                 {{"error", std::string_view(saved.message().data(), saved.message().size())}});
    return;
  }
  progress_ = std::move(progress);
}

std::map<std::string, ReceiverState> Dispatcher::Impl::states() const {
  std::map<std::string, ReceiverState> states;
  for (const auto& [id, lane] : lanes()) states[id] = lane->state();
  return states;
}

void Dispatcher::Impl::collect(std::vector<Family>& families) const {
  families
      .emplace_back(Type::kCounter, "signpost_notices_total",
                    "Notices that there were since the start.")
      .add(static_cast<double>(posted_.value()));
  Family deliveries(
      Type::kCounter, "signpost_notice_deliveries_total",
      "Tries to tell a receiver of a notice, by what became of them: sent, failed (it "
      "is tried again) or refused (it is given up).");
  Family dropped(Type::kCounter, "signpost_notices_dropped_total",
                 "Notices that were no longer kept when their receiver could be told.");
  Family waiting(Type::kGauge, "signpost_notices_waiting",
                 "Notices of which the receiver is yet to be told.");
  for (const auto& [id, state] : states()) {
    const auto add = [&, &receiver = id](const char* outcome, std::uint64_t count) {
      deliveries.add({{"receiver", receiver}, {"outcome", outcome}}, static_cast<double>(count));
    };
    add("sent", state.sent);
    add("failed", state.failed);
    add("refused", state.refused);
    dropped.add({{"receiver", id}}, static_cast<double>(state.dropped));
    waiting.add({{"receiver", id}}, static_cast<double>(state.waiting));
  }
  families.push_back(std::move(deliveries));
  families.push_back(std::move(dropped));
  families.push_back(std::move(waiting));
}

void Dispatcher::Impl::finish() {
  log_.set_on_post(nullptr);
  store_notices();
  save_progress();
  for (const auto& [id, lane] : lanes()) lane->stop();
}

Dispatcher::Dispatcher(asio::io_context& io, NoticeLog& log, NoticeStore store,
                       ReceiverProgress progress, DispatcherSettings settings)
    : impl_(std::make_shared<Impl>(io, log, std::move(store), std::move(progress),
                                   std::move(settings))) {
  impl_->begin();
}

Dispatcher::~Dispatcher() = default;

void Dispatcher::set_receivers(std::vector<NoticeReceiverPtr> receivers) {
  impl_->set_receivers(std::move(receivers));
}

std::map<std::string, ReceiverState> Dispatcher::states() const { return impl_->states(); }

void Dispatcher::collect(std::vector<Family>& families) const { impl_->collect(families); }

void Dispatcher::finish() { impl_->finish(); }

}  // namespace signpost::notices
