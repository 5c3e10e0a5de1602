#include "secondary/secondaries.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>

#include "absl/container/flat_hash_set.h"
#include "base/log.h"

namespace signpost::secondary {
namespace {

using Time = RefreshTimes::Time;

constexpr std::chrono::seconds kDropRetry{10};
constexpr std::chrono::seconds kLookAtLeast{3600};

RefreshResult result_of(TransferKind kind) {
  switch (kind) {
    case TransferKind::kIncremental:
      return RefreshResult::kIncremental;
    case TransferKind::kWhole:
      return RefreshResult::kWhole;
    case TransferKind::kUpToDate:
      break;
  }
  return RefreshResult::kUpToDate;
}

// A contact in the future is one of a clock that was set since.
Time steady_time_of(std::int64_t unix_seconds, Time now) {
  const std::int64_t age = std::max<std::int64_t>(0, std::time(nullptr) - unix_seconds);
  return now - std::chrono::seconds(age);
}

}  // namespace

Secondaries::Secondaries(boost::asio::io_context& io, Options options, Hooks hooks,
                         Contacts contacts)
    : io_(io),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      gate_(options_.transfers_max),
      context_{io_, hooks_, gate_, options_.round},
      contacts_(std::move(contacts)),
      timer_(io) {}

Secondaries::~Secondaries() {
  *alive_ = false;
  for (auto& [apex, zone] : zones_)
    if (zone.round) zone.round->cancel();
}

void Secondaries::set_zones(std::vector<ZoneSetting> zones) {
  boost::asio::post(io_, [this, alive = alive_, zones = std::move(zones)]() mutable {
    if (*alive) take_zones(std::move(zones));
  });
}

void Secondaries::set_held(const dns::Name& apex, std::optional<dns::Soa> held) {
  boost::asio::post(io_, [this, alive = alive_, apex, held = std::move(held)] {
    if (!*alive) return;
    const auto zone = zones_.find(apex);
    if (zone == zones_.end()) return;
    zone->second.held = held;
    settle(zone->second);
  });
}

void Secondaries::notify(const dns::Name& apex, const std::string& address) {
  boost::asio::post(io_, [this, alive = alive_, apex, address] {
    if (*alive) take_notify(apex, address);
  });
}

void Secondaries::look() {
  boost::asio::post(io_, [this, alive = alive_] {
    if (*alive) do_what_is_due();
  });
}

std::vector<SecondaryState> Secondaries::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<SecondaryState> states;
  states.reserve(states_.size());
  for (const auto& [apex, state] : states_) states.push_back(state);
  return states;
}

SecondaryCounts Secondaries::counts() const {
  SecondaryCounts counts;
  for (std::size_t i = 0; i < results_.size(); ++i) counts.refreshes[i] = results_[i].load();
  counts.notifies = notifies_.load();
  counts.expiries = expiries_.load();
  return counts;
}

void Secondaries::take_zones(std::vector<ZoneSetting> zones) {
  absl::flat_hash_set<dns::Name> named;
  for (const ZoneSetting& setting : zones) named.insert(setting.zone->zone);
  for (auto zone = zones_.begin(); zone != zones_.end();) {
    const auto at = zone++;
    if (!named.contains(at->first)) remove(at);
  }
  for (ZoneSetting& setting : zones) take_zone(std::move(setting));
  // Those of zones that went while nobody looked.
  for (const auto& [apex, contact] : std::exchange(contacts_, {})) hooks_.forget_contact(apex);
  do_what_is_due();
}

void Secondaries::take_zone(ZoneSetting setting) {
  const dns::Name apex = setting.zone->zone;
  const auto known = zones_.find(apex);
  if (known == zones_.end()) {
    Zone& zone = zones_.try_emplace(apex, std::move(setting), options_.now()).first->second;
    hold_from_before(zone);
    return settle(zone);
  }
  Zone& zone = known->second;
  zone.held = std::move(setting.held);
  if (*zone.settings != *setting.zone) {
    zone.settings = std::move(setting.zone);
    zone.first = 0;
    zone.times.notified(options_.now());
    if (zone.round) zone.again = true;
  }
  settle(zone);
}

// What is held without a contact that is known has expired.
void Secondaries::hold_from_before(Zone& zone) {
  const auto contact = contacts_.extract(zone.settings->zone);
  if (!zone.held) return;
  const Time now = options_.now();
  if (contact) zone.contact = contact.mapped();
  zone.times.hold(*zone.held, steady_time_of(zone.contact.value_or(0), now), now);
}

void Secondaries::remove(Zones::iterator zone) {
  if (zone->second.round) {
    zone->second.round->cancel();
    --rounds_;
  }
  if (zone->second.wakes) agenda_.erase({*zone->second.wakes, zone->first});
  hooks_.forget_contact(zone->first);
  {
    const std::lock_guard lock(mutex_);
    states_.erase(zone->first);
  }
  zones_.erase(zone);
}

void Secondaries::take_notify(const dns::Name& apex, const std::string& address) {
  const auto known = zones_.find(apex);
  if (known == zones_.end()) return;
  ++notifies_;
  Zone& zone = known->second;
  const std::vector<model::Primary>& primaries = zone.settings->primaries;
  const auto from =
      std::find_if(primaries.begin(), primaries.end(),
                   [&](const model::Primary& primary) { return primary.address == address; });
  if (from != primaries.end()) zone.first = static_cast<std::size_t>(from - primaries.begin());
  if (zone.round) {
    zone.again = true;
    return;
  }
  zone.times.notified(options_.now());
  settle(zone);
  do_what_is_due();
}

void Secondaries::do_what_is_due() {
  const Time now = options_.now();
  while (!agenda_.empty() && agenda_.begin()->first <= now) {
    const dns::Name apex = agenda_.begin()->second;
    agenda_.erase(agenda_.begin());
    Zone& zone = zones_.at(apex);
    zone.wakes.reset();
    wake(zone);
  }
  begin_rounds();
  arm();
}

void Secondaries::wake(Zone& zone) {
  const Time now = options_.now();
  const std::optional<Time> drops = zone.drop_at ? zone.drop_at : zone.times.expires();
  if (!zone.is_dropping && drops && *drops <= now) return drop(zone);
  if (!zone.round && !zone.is_waiting && zone.times.due() <= now) {
    zone.is_waiting = true;
    waiting_.push_back(zone.settings->zone);
  }
  settle(zone);
}

void Secondaries::begin_rounds() {
  while (rounds_ < options_.rounds_max && !waiting_.empty()) {
    const auto known = zones_.find(waiting_.front());
    waiting_.pop_front();
    if (known == zones_.end() || !std::exchange(known->second.is_waiting, false)) continue;
    begin_round(known->second);
  }
}

void Secondaries::begin_round(Zone& zone) {
  ++rounds_;
  zone.again = false;
  const dns::Name apex = zone.settings->zone;
  zone.round = std::make_shared<RefreshRound>(
      context_, zone.settings, zone.held, std::exchange(zone.first, 0),
      [this, apex](const RoundResult& result) { round_ended(apex, result); });
  zone.round->start();
  settle(zone);
}

void Secondaries::round_ended(const dns::Name& apex, const RoundResult& result) {
  Zone& zone = zones_.at(apex);
  const std::shared_ptr<RefreshRound> ended = std::exchange(zone.round, nullptr);
  --rounds_;
  if (result.status.ok()) {
    contacted(zone, result);
  } else {
    failed(zone, result.status);
  }
  if (zone.again) zone.times.notified(options_.now());
  settle(zone);
  do_what_is_due();
}

void Secondaries::contacted(Zone& zone, const RoundResult& result) {
  const RefreshResult kind = result_of(result.kind);
  ++results_[static_cast<std::size_t>(kind)];
  zone.held = result.soa;
  zone.primary = result.primary;
  zone.last_error.clear();
  zone.drop_at.reset();
  zone.contact = std::time(nullptr);
  zone.times.contacted(result.soa, options_.now(), chance());
  hooks_.remember_contact(zone.settings->zone, *zone.contact);
  if (result.kind == TransferKind::kUpToDate) return;
  log::info("a zone was transferred",
            {{"zone", zone.settings->zone.text()},
             {"primary", result.primary},
             {"serial", result.soa.serial},
             {"kind", kRefreshResultLabels[static_cast<std::size_t>(kind)]}});
}

void Secondaries::failed(Zone& zone, const absl::Status& why) {
  ++results_[static_cast<std::size_t>(RefreshResult::kFailed)];
  zone.last_error = std::string(why.message());
  zone.times.failed(options_.now(), chance());
  static log::RateLimit limit;
  log::warning(limit, "no primary could refresh a zone",
               {{"zone", zone.settings->zone.text()}, {"why", zone.last_error}});
}

// Nothing of it may be answered any more (RFC 1035 section 3.3.13). What a transfer under way has
// brought meanwhile is gone then, too, and comes again.
void Secondaries::drop(Zone& zone) {
  ++expiries_;
  log::error("a zone has expired: its names get SERVFAIL until a primary has it again",
             {{"zone", zone.settings->zone.text()}, {"last_error", zone.last_error}});
  if (zone.round) {
    std::exchange(zone.round, nullptr)->cancel();
    --rounds_;
  }
  zone.is_dropping = true;
  const dns::Name apex = zone.settings->zone;
  hooks_.drop_records(apex, [this, &io = io_, alive = alive_, apex](absl::Status status) {
    boost::asio::post(io, [this, alive, apex, status = std::move(status)] {
      if (*alive) dropped(apex, status);
    });
  });
  settle(zone);
}

void Secondaries::dropped(const dns::Name& apex, const absl::Status& status) {
  const auto known = zones_.find(apex);
  if (known == zones_.end()) return;
  Zone& zone = known->second;
  zone.is_dropping = false;
  if (status.ok()) {
    zone.held.reset();
    zone.drop_at.reset();
    zone.times.dropped();
    zone.times.notified(options_.now());
    hooks_.forget_contact(apex);
  } else {
    zone.drop_at = options_.now() + kDropRetry;
    zone.last_error = std::string(status.message());
  }
  settle(zone);
  do_what_is_due();
}

void Secondaries::settle(Zone& zone) {
  const dns::Name& apex = zone.settings->zone;
  if (zone.wakes) agenda_.erase({*zone.wakes, apex});
  zone.wakes = next_wake(zone);
  if (zone.wakes) agenda_.emplace(*zone.wakes, apex);
  {
    const std::lock_guard lock(mutex_);
    states_[apex] = state_of(zone);
  }
  arm();
}

std::optional<Time> Secondaries::next_wake(const Zone& zone) const {
  if (zone.is_dropping) return std::nullopt;
  std::optional<Time> next = zone.drop_at ? zone.drop_at : zone.times.expires();
  const bool waits = zone.round || zone.is_waiting;
  if (!waits && (!next || zone.times.due() < *next)) next = zone.times.due();
  return next;
}

void Secondaries::arm() {
  if (agenda_.empty()) return;
  const auto wait = agenda_.begin()->first - options_.now();
  timer_.expires_after(std::min<Time::duration>(wait, kLookAtLeast));
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) do_what_is_due();
  });
}

SecondaryState Secondaries::state_of(const Zone& zone) const {
  using std::chrono::system_clock;
  const auto system_time = [now = options_.now()](Time time) {
    return system_clock::now() + std::chrono::duration_cast<system_clock::duration>(time - now);
  };
  SecondaryState state{.apex = zone.settings->zone};
  if (zone.held) state.serial = zone.held->serial;
  if (zone.contact) state.last_contact = system_clock::from_time_t(*zone.contact);
  if (!zone.round && !zone.is_waiting) state.next_refresh = system_time(zone.times.due());
  if (zone.times.expires()) state.expires = system_time(*zone.times.expires());
  state.primary = zone.primary;
  state.last_error = zone.last_error;
  return state;
}

}  // namespace signpost::secondary
