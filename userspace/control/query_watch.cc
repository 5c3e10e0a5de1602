#include "control/query_watch.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string_view>

#include "base/log.h"
#include "server/query.h"

namespace signpost::control {
namespace {

constexpr std::size_t kHeaderOctets = 12;
constexpr std::uint8_t kIpv4Bits = 24;
constexpr std::uint8_t kIpv6Bits = 56;

// QNAME in wire form, folded (RFC 4343).
std::optional<std::string> name_of(server::Octets message) {
  server::Query query;
  if (message.size() < kHeaderOctets ||
      server::read_query(message, query) != server::Rcode::kNoError || query.question.empty())
    return std::nullopt;
  std::string name(query.qname());
  for (char& octet : name)
    if (octet >= 'A' && octet <= 'Z') octet += 'a' - 'A';
  return name;
}

model::Prefix prefix_of(const server::ClientAddress& address) {
  constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
  model::Prefix prefix;
  prefix.is_ipv6 =
      !std::equal(kMapped.begin(), kMapped.end(), address.begin(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  const std::size_t from = prefix.is_ipv6 ? 0 : kMapped.size();
  std::copy(address.begin() + static_cast<std::ptrdiff_t>(from), address.end(),
            prefix.octets.begin());
  prefix.length = prefix.is_ipv6 ? 128 : 32;
  return prefix.truncated(prefix.is_ipv6 ? kIpv6Bits : kIpv4Bits);
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
  for (auto& [wire, queries] : tally.names.top(top))
    if (const auto name = dns::Name::from_wire(wire); name.ok())
      seen.names.emplace_back(*name, queries);
  seen.prefixes = tally.prefixes.top(top);
  return seen;
}

void QueryWatch::show(const server::Tapped& tapped) noexcept {
  static log::RateLimit limit;
  try {
    const std::optional<std::string> name = name_of(tapped.query);
    const model::Prefix prefix = prefix_of(tapped.client.address);
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
