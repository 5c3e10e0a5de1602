#include "control/query_watch.h"

#include <exception>
#include <optional>

#include "base/log.h"
#include "server/choice.h"
#include "server/query.h"

namespace signpost::control {
namespace {

constexpr std::size_t kHeaderOctets = 12;
constexpr std::uint8_t kIpv4Bits = 24;
constexpr std::uint8_t kIpv6Bits = 56;

// QNAME, folded (RFC 4343).
std::optional<dns::Name> name_of(server::Octets message) {
  server::Query query;
  if (message.size() < kHeaderOctets ||
      server::read_query(message, query) != server::Rcode::kNoError || query.question.empty())
    return std::nullopt;
  const auto name = dns::Name::from_wire(query.qname());
  return name.ok() ? std::optional(name->folded()) : std::nullopt;
}

model::Prefix network_of(const server::ClientAddress& address) {
  const model::Prefix whole = server::prefix_of(address);
  return whole.truncated(whole.is_ipv6 ? kIpv6Bits : kIpv4Bits);
}

}  // namespace

std::unique_ptr<QueryWatch::Watcher> QueryWatch::watch() {
  std::unique_ptr<Watcher> watcher(new Watcher(*this));
  follow_(true);
  const std::lock_guard lock(mutex_);
  watchers_.push_back(watcher.get());
  watched_ = true;
  return watcher;
}

QueryWatch::Watcher::~Watcher() {
  {
    const std::lock_guard lock(watch_.mutex_);
    std::erase(watch_.watchers_, this);
    watch_.watched_ = !watch_.watchers_.empty();
  }
  watch_.follow_(watch_.is_watched());
}

QueriesSeen QueryWatch::Watcher::take(std::size_t top) {
  Tally tally;
  {
    const std::lock_guard lock(watch_.mutex_);
    std::swap(tally, tally_);
  }
  watch_.follow_(true);
  QueriesSeen seen;
  seen.queries = tally.prefixes.total();
  seen.names = tally.names.top(top);
  seen.prefixes = tally.prefixes.top(top);
  return seen;
}

void QueryWatch::show(const server::Tapped& tapped) noexcept {
  static log::RateLimit limit;
  try {
    const std::optional<dns::Name> name = name_of(tapped.query);
    const model::Prefix prefix = network_of(tapped.client.address);
    const std::lock_guard lock(mutex_);
    for (Watcher* watcher : watchers_) {
      if (name) watcher->tally_.names.add(*name, tapped.stands_for);
      watcher->tally_.prefixes.add(prefix, tapped.stands_for);
    }
  } catch (const std::exception& failure) {  // out of memory
    log::warning(limit, "a query is missing in what is watched", {{"why", failure.what()}});
  }
}

}  // namespace signpost::control
