#include "upstream/target_resolver.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "upstream/exchange.h"
#include "upstream/resolver_metrics.h"
#include "upstream/schedule.h"

namespace signpost::upstream {

namespace asio = boost::asio;
using model::ExternalAnswer;
using model::ExternalAnswerPtr;
using std::chrono::milliseconds;
using std::chrono::system_clock;

namespace {

// A target as it is resolved.
struct Entry {
  Entry(asio::io_context& io, Target resolved) : target(std::move(resolved)), timer(io) {
    state.key = model::external_key(target.name, target.type);
  }

  const Target target;

  // Guarded by TargetResolver::Impl::mutex_.
  TargetState state;
  ExternalAnswerPtr reported;  // what on_change's owner knows

  // Touched on the thread of io only.
  asio::steady_timer timer;
  CancelExchange cancel_exchange;  // set while a query runs
  std::size_t first_server = 0;    // the one that answered last
  std::size_t queries = 0;         // of this attempt that have failed
  unsigned failures = 0;           // attempts in a row that have failed
  std::string error;               // of the last query
  bool resolving = false;          // it counts as one of kTargetsAtOnce
  bool retired = false;
};
using EntryPtr = std::shared_ptr<Entry>;

bool says_the_same(const ExternalAnswerPtr& a, const ExternalAnswerPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->rdata == b->rdata && a->ttl == b->ttl && a->failing == b->failing;
}

void adopt(Entry& entry, const TargetState& stored) {
  entry.state.answer = stored.answer;
  entry.state.server = stored.server;
  entry.state.failing_since = stored.failing_since;
  entry.state.last_error = stored.last_error;
  entry.reported = stored.answer;
}

}  // namespace

class TargetResolver::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, Options options, OnChange on_change)
      : io_(io),
        options_(std::move(options)),
        on_change_(std::move(on_change)),
        schedule_(options_) {}

  void set_targets(const std::vector<Target>& targets);
  void restore(const std::vector<TargetState>& states);
  std::vector<TargetState> state() const;
  void collect(std::vector<metrics::Family>& families) const;
  void stop();

 private:
  EntryPtr make_entry(const Target& target);
  bool is_current(const Entry& entry) const;

  // On the thread of io_.
  void retire(const EntryPtr& entry);
  void resolve(const EntryPtr& entry);
  void end_attempt(const EntryPtr& entry);
  void ask(const EntryPtr& entry);
  void on_result(const EntryPtr& entry, const Server& server, const ExchangeResult& result);
  void on_answer(const EntryPtr& entry, const Server& server, const Resolution& resolution);
  void on_failure(const EntryPtr& entry);
  void resolve_after(const EntryPtr& entry, milliseconds pause);
  void report(const EntryPtr& entry);

  asio::io_context& io_;
  const Options options_;
  const OnChange on_change_;
  ResolverMetrics metrics_;

  // Touched on the thread of io_ only.
  Schedule schedule_;
  std::deque<EntryPtr> waiting_;  // for one of kTargetsAtOnce
  std::size_t resolving_ = 0;

  std::recursive_mutex in_change_;  // held while on_change_ runs; taken before mutex_
  mutable std::mutex mutex_;        // guards what follows
  std::map<std::string, EntryPtr> entries_;
  std::map<std::string, TargetState> restored_;  // of targets that are not set yet
  bool stopped_ = false;
};

EntryPtr TargetResolver::Impl::make_entry(const Target& target) {
  auto entry = std::make_shared<Entry>(io_, Target{target.name.folded(), target.type});
  const auto stored = restored_.find(entry->state.key);
  if (stored != restored_.end()) adopt(*entry, stored->second);
  return entry;
}

void TargetResolver::Impl::set_targets(const std::vector<Target>& targets) {
  std::vector<EntryPtr> fresh;
  std::vector<EntryPtr> gone;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    std::map<std::string, EntryPtr> next;
    for (const Target& target : targets) {
      const std::string key = model::external_key(target.name.folded(), target.type);
      const auto [at, added] = next.try_emplace(key);
      if (!added) continue;
      const auto found = entries_.find(key);
      at->second = found != entries_.end() ? found->second : make_entry(target);
      if (found == entries_.end()) fresh.push_back(at->second);
    }
    restored_.clear();
    entries_.swap(next);
    for (const auto& [key, entry] : next) {
      if (!entries_.contains(key)) gone.push_back(entry);
    }
  }
  asio::post(io_, [self = shared_from_this(), fresh = std::move(fresh), gone = std::move(gone)] {
    for (const EntryPtr& entry : gone) self->retire(entry);
    for (const EntryPtr& entry : fresh) self->resolve(entry);
  });
}

void TargetResolver::Impl::restore(const std::vector<TargetState>& states) {
  const std::lock_guard lock(mutex_);
  for (const TargetState& stored : states) {
    if (stored.answer == nullptr) continue;
    const auto found = entries_.find(stored.key);
    if (found == entries_.end()) {
      restored_[stored.key] = stored;
    } else if (found->second->state.answer == nullptr) {
      adopt(*found->second, stored);
    }
  }
}

std::vector<TargetState> TargetResolver::Impl::state() const {
  const std::lock_guard lock(mutex_);
  std::vector<TargetState> result;
  result.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) result.push_back(entry->state);
  return result;
}

void TargetResolver::Impl::collect(std::vector<metrics::Family>& families) const {
  metrics_.collect(state(), families);
}

void TargetResolver::Impl::stop() {
  std::map<std::string, EntryPtr> gone;
  {
    const std::lock_guard no_change(in_change_);
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    gone = entries_;
  }
  asio::post(io_, [self = shared_from_this(), gone = std::move(gone)] {
    for (const auto& [key, entry] : gone) self->retire(entry);
  });
}

bool TargetResolver::Impl::is_current(const Entry& entry) const {
  const auto found = entries_.find(entry.state.key);
  return !stopped_ && found != entries_.end() && found->second.get() == &entry;
}

void TargetResolver::Impl::retire(const EntryPtr& entry) {
  entry->retired = true;
  entry->timer.cancel();
  const CancelExchange cancel = std::exchange(entry->cancel_exchange, nullptr);
  if (cancel) cancel();
  end_attempt(entry);
}

void TargetResolver::Impl::resolve(const EntryPtr& entry) {
  if (entry->retired) return;  // two threads changed the targets, and the later one was faster
  if (resolving_ == kTargetsAtOnce) {
    waiting_.push_back(entry);
    return;
  }
  ++resolving_;
  entry->resolving = true;
  entry->queries = 0;
  ask(entry);
}

// Lets the next one that waits begin.
void TargetResolver::Impl::end_attempt(const EntryPtr& entry) {
  if (!std::exchange(entry->resolving, false)) return;
  --resolving_;
  while (!waiting_.empty() && resolving_ < kTargetsAtOnce) {
    const EntryPtr next = std::move(waiting_.front());
    waiting_.pop_front();
    resolve(next);
  }
}

void TargetResolver::Impl::ask(const EntryPtr& entry) {
  const std::size_t count = options_.servers.size();
  if (count == 0) entry->error = "no resolvers are configured";
  if (entry->queries == count * options_.attempts) return on_failure(entry);
  const std::size_t index = (entry->first_server + entry->queries) % count;
  const Server& server = options_.servers[index];
  entry->cancel_exchange =
      start_exchange(io_, server, make_query(entry->target, random_secret()), options_.timeout,
                     [self = shared_from_this(), entry, &server](const ExchangeResult& result) {
                       entry->cancel_exchange = nullptr;
                       self->on_result(entry, server, result);
                     });
}

void TargetResolver::Impl::on_result(const EntryPtr& entry, const Server& server,
                                     const ExchangeResult& result) {
  metrics_.count(server, result);
  if (result.resolution.ok()) return on_answer(entry, server, *result.resolution);
  entry->error = std::string(result.resolution.status().message());
  if (log::debug_enabled())
    log::debug("query to a resolver failed", {{"target", entry->state.key}, {"why", entry->error}});
  ++entry->queries;
  ask(entry);
}

void TargetResolver::Impl::on_answer(const EntryPtr& entry, const Server& server,
                                     const Resolution& resolution) {
  entry->first_server = static_cast<std::size_t>(&server - options_.servers.data());
  if (std::exchange(entry->failures, 0) > 0)
    log::info("external alias target is resolved again", {{"target", entry->state.key}});
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = system_clock::to_time_t(system_clock::now());
    entry->state.answer = std::make_shared<ExternalAnswer>(ExternalAnswer{
        {resolution.rdata.begin(), resolution.rdata.end()}, resolution.ttl, now, false});
    entry->state.server = to_text(server);
    entry->state.failing_since.reset();
    entry->state.last_error.clear();
  }
  resolve_after(entry, schedule_.until_refresh(resolution.ttl));
  report(entry);
  end_attempt(entry);
}

void TargetResolver::Impl::on_failure(const EntryPtr& entry) {
  ++entry->failures;
  if (entry->failures == 1) {
    static log::RateLimit limit;
    log::warning(limit, "external alias target cannot be resolved",
                 {{"target", entry->state.key}, {"why", entry->error}});
  }
  {
    const std::lock_guard lock(mutex_);
    if (!entry->state.failing_since) entry->state.failing_since = system_clock::now();
    entry->state.last_error = entry->error;
    if (entry->state.answer != nullptr && !entry->state.answer->failing) {
      ExternalAnswer kept = *entry->state.answer;
      kept.failing = true;
      entry->state.answer = std::make_shared<ExternalAnswer>(std::move(kept));
    }
  }
  resolve_after(entry, schedule_.until_retry(entry->failures));
  report(entry);
  end_attempt(entry);
}

void TargetResolver::Impl::resolve_after(const EntryPtr& entry, milliseconds pause) {
  {
    const std::lock_guard lock(mutex_);
    entry->state.next_refresh = system_clock::now() + pause;
  }
  entry->timer.expires_after(pause);
  entry->timer.async_wait([self = shared_from_this(), entry](const boost::system::error_code&) {
    self->resolve(entry);
  });
}

void TargetResolver::Impl::report(const EntryPtr& entry) {
  const std::lock_guard change(in_change_);
  ExternalAnswerPtr answer;
  {
    const std::lock_guard lock(mutex_);
    answer = entry->state.answer;
    if (!is_current(*entry) || says_the_same(answer, entry->reported)) return;
    entry->reported = answer;
  }
  on_change_(entry->state.key, answer);
}

TargetResolver::TargetResolver(asio::io_context& io, Options options, OnChange on_change)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(on_change))) {}

TargetResolver::~TargetResolver() { stop(); }

void TargetResolver::set_targets(const std::vector<Target>& targets) {
  impl_->set_targets(targets);
}

void TargetResolver::restore(const std::vector<TargetState>& states) { impl_->restore(states); }

std::vector<TargetState> TargetResolver::state() const { return impl_->state(); }

void TargetResolver::collect(std::vector<metrics::Family>& families) const {
  impl_->collect(families);
}

void TargetResolver::stop() { impl_->stop(); }

}  // namespace signpost::upstream
