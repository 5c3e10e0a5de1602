#include "server/notifier.h"

#include <boost/asio/post.hpp>

#include "absl/strings/str_cat.h"
#include "server/notify_exchange.h"

namespace signpost::server {
namespace {

// A change of a hundred thousand zones does not send as many datagrams at once.
constexpr std::size_t kUnderWayMax = 64;

}  // namespace

Notifier::Notifier(boost::asio::io_context& io, const LiveZones& zones, NotifierOptions options)
    : io_(io), zones_(zones), options_(std::move(options)) {}

Notifier::~Notifier() {
  for (const auto& [subject, exchange] : under_way_) exchange->cancel();
}

void Notifier::zones_changed(std::vector<dns::Name> apexes) {
  boost::asio::post(io_, [this, apexes = std::move(apexes)] {
    for (const dns::Name& apex : apexes) add_zone(apex);
    begin_waiting();
  });
}

void Notifier::add_zone(const dns::Name& apex) {
  const ServedZonesPtr zones = zones_.load();
  const model::ZoneAccessPtr transfer = zones->config.access_of(apex);
  const model::ZonePtr* zone = zones->config.zones.find(apex);
  if (!transfer || zone == nullptr || !(*zone)->has_records()) return;
  for (const model::NotifyTarget& target : transfer->notify) {
    const Subject subject(apex, absl::StrCat(target.address, " ", target.port));
    if (const auto former = under_way_.find(subject); former != under_way_.end()) {
      former->second->cancel();
      under_way_.erase(former);
    }
    if (waiting_.insert_or_assign(subject, Notice{apex, target}).second) order_.push_back(subject);
  }
}

void Notifier::begin_waiting() {
  while (under_way_.size() < kUnderWayMax && !order_.empty()) {
    const Subject subject = std::move(order_.front());
    order_.pop_front();
    Notice notice = std::move(waiting_.extract(subject).mapped());
    auto exchange = std::make_shared<NotifyExchange>(
        io_, zones_, options_, std::move(notice.apex), std::move(notice.target),
        [this, subject](NotifyResult result) { ended(subject, result); });
    exchange->start();
    under_way_.emplace(subject, std::move(exchange));
  }
}

void Notifier::ended(const Subject& subject, NotifyResult result) {
  counts_[static_cast<std::size_t>(result)].fetch_add(1);
  under_way_.erase(subject);
  begin_waiting();
}

NotifyCounts Notifier::counts() const {
  NotifyCounts counts{};
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load();
  return counts;
}

}  // namespace signpost::server
