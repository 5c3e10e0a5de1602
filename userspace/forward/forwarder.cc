#include "forward/forwarder.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "upstream/query.h"

namespace signpost::forward {
namespace {

constexpr unsigned kRounds = 2;  // over the servers of a rule

upstream::Server address_of(const model::ForwardServer& server) {
  return {server.address, server.port};
}

// Tells questions apart whose answers may differ. Rules with the same servers share answers.
std::string key_of(const model::ForwardRule& rule, const Question& question) {
  const dns::Name name = question.name.folded();
  std::string key(name.wire());
  absl::StrAppend(&key, static_cast<unsigned>(question.type), question.dnssec_ok ? "d" : "",
                  question.checking_disabled ? "c" : "");
  for (const model::ForwardServer& server : rule.servers)
    absl::StrAppend(&key, " ", upstream::to_text(address_of(server)));
  return key;
}

}  // namespace

void Forwarder::ask(model::ForwardRulePtr rule, Question question, OnAnswer on_answer) {
  boost::asio::post(io_, [this, rule = std::move(rule), question = std::move(question),
                          on_answer = std::move(on_answer)]() mutable {
    look_up(std::move(rule), std::move(question), std::move(on_answer));
  });
}

void Forwarder::look_up(model::ForwardRulePtr rule, Question question, OnAnswer on_answer) {
  const std::string key = key_of(*rule, question);
  const Clock::time_point now = Clock::now();
  if (const auto kept = cache_.find(key, now)) {
    count(kept->answer->failure == Failure::kNone ? Result::kCached : Result::kFailed, 1);
    return on_answer(*kept);
  }
  const auto same = questions_.find(key);
  const bool room = waiting_ < options_.waiting_max &&
                    (same != questions_.end() || questions_.size() < options_.questions_max);
  if (!room) {
    count(Result::kBusy, 1);
    return on_answer({std::make_shared<const Answer>(failed(Failure::kBusy)), {}});
  }
  ++waiting_;
  if (same != questions_.end()) {
    same->second.waiting.push_back(std::move(on_answer));
    return;
  }
  std::vector<model::ForwardServer> servers = order_of(*rule);
  Pending pending{std::move(rule), std::move(question), {}, std::move(servers), now};
  pending.waiting.push_back(std::move(on_answer));
  ask_next(questions_.emplace(key, std::move(pending)).first);
}

// The last is asked first.
std::vector<model::ForwardServer> Forwarder::order_of(const model::ForwardRule& rule) const {
  std::vector<model::ForwardServer> round = rule.servers;
  std::stable_partition(round.begin(), round.end(), [&](const model::ForwardServer& server) {
    const auto at = avoided_until_.find(upstream::to_text(address_of(server)));
    return at == avoided_until_.end() || at->second <= Clock::now();
  });
  std::vector<model::ForwardServer> order;
  for (unsigned i = 0; i < kRounds; ++i) order.insert(order.end(), round.begin(), round.end());
  std::reverse(order.begin(), order.end());
  return order;
}

void Forwarder::ask_next(Questions::iterator pending) {
  Pending& question = pending->second;
  if (question.servers.empty() || Clock::now() - question.since > options_.patience)
    return settle(pending, failed(Failure::kUnreachable));
  const upstream::Server server = address_of(question.servers.back());
  question.servers.pop_back();
  const upstream::Target target{question.question.name.folded(), question.question.type};
  upstream::start_exchange(
      io_, server,
      upstream::make_query(target, upstream::random_secret(),
                           {.dnssec_ok = question.question.dnssec_ok,
                            .checking_disabled = question.question.checking_disabled}),
      options_.timeout,
      [this, pending, text = upstream::to_text(server)](const upstream::ExchangeResult& result) {
        on_exchanged(pending, text, result);
      });
}

void Forwarder::on_exchanged(Questions::iterator pending, const std::string& server,
                             const upstream::ExchangeResult& result) {
  absl::StatusOr<Answer> answer = result.reply.empty()
                                      ? absl::StatusOr<Answer>(result.resolution.status())
                                      : read_answer(result.reply);
  count(server, answer.ok());
  if (answer.ok()) {
    avoided_until_.erase(server);
    return settle(pending, *std::move(answer));
  }
  static log::RateLimit limit;
  log::warning(limit, "a server did not answer a forwarded question",
               {{"rule", pending->second.rule->name},
                {"server", server},
                {"question", pending->second.question.name.text()},
                {"why", std::string(answer.status().message())}});
  if (result.reply.empty()) avoided_until_[server] = Clock::now() + options_.avoided;
  ask_next(pending);
}

void Forwarder::settle(Questions::iterator pending, Answer answer) {
  const std::vector<OnAnswer> waiting = std::move(pending->second.waiting);
  waiting_ -= waiting.size();
  count(answer.failure == Failure::kNone ? Result::kAnswered : Result::kFailed, waiting.size());
  const AgedAnswer settled{std::make_shared<const Answer>(std::move(answer)), {}};
  cache_.put(pending->first, settled.answer, Clock::now());
  count_cache();
  questions_.erase(pending);
  for (const OnAnswer& on_answer : waiting) on_answer(settled);
}

void Forwarder::count(Result result, std::size_t clients) {
  const std::lock_guard lock(mutex_);
  counts_.results[static_cast<std::size_t>(result)] += clients;
}

void Forwarder::count(const std::string& server, bool answered) {
  const std::lock_guard lock(mutex_);
  ServerCounts& counts = counts_.servers[server];
  ++(answered ? counts.answers : counts.failures);
}

void Forwarder::count_cache() {
  const std::lock_guard lock(mutex_);
  counts_.cache_octets = cache_.octets();
  counts_.cache_answers = cache_.size();
}

Counts Forwarder::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace signpost::forward
