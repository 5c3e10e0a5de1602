// Tells other servers that a zone changed (RFC 1996), until they say that they heard it.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "model/zone_access.h"
#include "server/live_zones.h"

namespace signpost::server {

// What a NOTIFY came to, by the label of metrics.
enum class NotifyResult { kAcknowledged, kRefused, kUnanswered };
inline constexpr std::array<std::string_view, 3> kNotifyResultLabels = {"acknowledged", "refused",
                                                                        "unanswered"};
using NotifyCounts = std::array<std::uint64_t, kNotifyResultLabels.size()>;

struct NotifierOptions {
  // Addresses that the server listens on: others know it by them.
  std::vector<std::string> listen{};
  // Until NOTIFY is sent again; doubled each time.
  std::chrono::milliseconds first_wait{5000};
};

class NotifyExchange;

class Notifier {
 public:
  // The arguments must outlive the notifier. `io` runs on one thread.
  Notifier(boost::asio::io_context& io, const LiveZones& zones, NotifierOptions options);
  ~Notifier();

  // Tells the targets of these zones of their present state. Who is still being told of a former
  // one is told of this instead. Any thread may call.
  void zones_changed(std::vector<dns::Name> apexes);

  // Any thread may call.
  NotifyCounts counts() const;

 private:
  friend class NotifyExchange;

  // Zone and server.
  using Subject = std::pair<dns::Name, std::string>;
  struct Notice {
    dns::Name apex;
    model::NotifyTarget target;
  };

  void add_zone(const dns::Name& apex);
  // Begins with those that wait, as many as may be under way.
  void begin_waiting();
  void ended(const Subject& subject, NotifyResult result);

  boost::asio::io_context& io_;
  const LiveZones& zones_;
  const NotifierOptions options_;
  std::map<Subject, Notice> waiting_;
  std::deque<Subject> order_;  // of waiting_
  std::map<Subject, std::shared_ptr<NotifyExchange>> under_way_;
  std::array<std::atomic<std::uint64_t>, kNotifyResultLabels.size()> counts_{};
};

}  // namespace signpost::server
