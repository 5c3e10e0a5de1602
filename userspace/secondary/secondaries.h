// The zones that are copied from other servers: each is asked for in time, transferred when it has
// changed, and dropped when its primaries have been silent for too long (RFC 1034 section 4.3.5).
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "dns/rdata.h"
#include "model/secondary_zone.h"
#include "secondary/hooks.h"
#include "secondary/refresh_round.h"
#include "secondary/refresh_times.h"
#include "secondary/secondary_state.h"
#include "secondary/transfer_gate.h"

namespace signpost::secondary {

struct Options {
  std::size_t rounds_max = 256;  // at a time; each has a socket
  std::size_t transfers_max = 8;
  RoundOptions round{};
  std::function<RefreshTimes::Time()> now = std::chrono::steady_clock::now;
};

// By apex, in seconds of Unix time: when a primary last confirmed what is held.
using Contacts = std::map<dns::Name, std::int64_t>;

// A zone to be copied, and the SOA of what is held of it; nothing if it has no records.
struct ZoneSetting {
  model::SecondaryZonePtr zone;
  std::optional<dns::Soa> held;
};

class Secondaries {
 public:
  // `io` runs on one thread, and must outlive it. `contacts`: those remembered from before.
  Secondaries(boost::asio::io_context& io, Options options, Hooks hooks, Contacts contacts);
  ~Secondaries();

  // All that follows may be called from any thread.

  // From now on these are the zones. One that is new and held without a known contact has expired.
  void set_zones(std::vector<ZoneSetting> zones);
  // What is held of a zone has changed.
  void set_held(const dns::Name& apex, std::optional<dns::Soa> held);
  // The primary with this address says that the zone has changed (RFC 1996).
  void notify(const dns::Name& apex, const std::string& address);
  // Does what is due.
  void look();

  // By apex.
  std::vector<SecondaryState> states() const;
  SecondaryCounts counts() const;

 private:
  struct Zone {
    Zone(ZoneSetting setting, RefreshTimes::Time now)
        : settings(std::move(setting.zone)), held(std::move(setting.held)), times(now) {}

    model::SecondaryZonePtr settings;
    std::optional<dns::Soa> held;
    RefreshTimes times;
    std::optional<std::int64_t> contact{};  // seconds of Unix time
    std::string primary{};                  // that was heard last
    std::string last_error{};
    std::size_t first = 0;    // primary to ask first
    bool again = false;       // NOTIFY came meanwhile
    bool is_waiting = false;  // for a place among the rounds
    std::shared_ptr<RefreshRound> round{};
    std::optional<RefreshTimes::Time> drop_at{};  // after a failure to drop its records
    bool is_dropping = false;
    std::optional<RefreshTimes::Time> wakes{};  // as in agenda_
  };
  using Zones = std::map<dns::Name, Zone>;

  void take_zones(std::vector<ZoneSetting> zones);
  void take_zone(ZoneSetting setting);
  void hold_from_before(Zone& zone);
  void remove(Zones::iterator zone);
  void take_notify(const dns::Name& apex, const std::string& address);
  void do_what_is_due();
  void wake(Zone& zone);
  void begin_rounds();
  void begin_round(Zone& zone);
  void round_ended(const dns::Name& apex, const RoundResult& result);
  void contacted(Zone& zone, const RoundResult& result);
  void failed(Zone& zone, const absl::Status& why);
  void drop(Zone& zone);
  void dropped(const dns::Name& apex, const absl::Status& status);
  // Puts the zone on the agenda anew, and shows its state.
  void settle(Zone& zone);
  void arm();
  std::optional<RefreshTimes::Time> next_wake(const Zone& zone) const;
  SecondaryState state_of(const Zone& zone) const;
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  boost::asio::io_context& io_;
  const Options options_;
  const Hooks hooks_;
  TransferGate gate_;
  const RoundContext context_;
  Contacts contacts_;  // of zones that are not known yet
  Zones zones_;
  std::set<std::pair<RefreshTimes::Time, dns::Name>> agenda_;
  std::deque<dns::Name> waiting_;
  std::size_t rounds_ = 0;
  boost::asio::steady_timer timer_;
  std::mt19937_64 random_{std::random_device()()};
  mutable std::mutex mutex_;
  std::map<dns::Name, SecondaryState> states_;  // guarded by mutex_
  std::array<std::atomic<std::uint64_t>, kRefreshResultLabels.size()> results_{};
  std::atomic<std::uint64_t> notifies_{0};
  std::atomic<std::uint64_t> expiries_{0};
  // What is posted from other threads finds out by it that there is nobody any more.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace signpost::secondary
