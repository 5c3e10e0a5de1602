#include "daemon/secondary_keeper.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/log.h"
#include "control/transfer_change.h"
#include "dns/rdata.h"
#include "model/values_of.h"
#include "secondary/secondary_metrics.h"

namespace signpost::daemon {
namespace {

void run(boost::asio::io_context& io) {
  const auto work = boost::asio::make_work_guard(io);
  io.run();
}

std::optional<dns::Soa> soa_of(const model::Config& config, const dns::Name& apex) {
  const model::ZonePtr* zone = config.zones.find(apex);
  const model::RecordGroup* group =
      zone == nullptr ? nullptr : (*zone)->group(apex, dns::RRType::kSoa);
  if (group == nullptr) return std::nullopt;
  const absl::StatusOr<dns::Soa> soa = dns::parse_soa(group->sets.front().rdata.front());
  return soa.ok() ? std::optional(*soa) : std::nullopt;
}

void note(const absl::Status& status, const dns::Name& apex) {
  if (status.ok()) return;
  static log::RateLimit limit;
  log::warning(limit, "the time when a primary was heard could not be stored",
               {{"zone", apex.text()}, {"error", std::string(status.message())}});
}

}  // namespace

SecondaryKeeper::SecondaryKeeper(control::Store& store, const server::LiveZones& zones)
    : store_(store),
      zones_(zones),
      secondaries_(std::make_unique<secondary::Secondaries>(io_, secondary::Options(), hooks(),
                                                            store.contacts())) {}

secondary::Hooks SecondaryKeeper::hooks() {
  secondary::Hooks hooks;
  hooks.key = [this](const dns::Name& name) -> std::optional<dns::TsigKey> {
    const server::ServedZonesPtr zones = zones_.load();
    const auto found = zones->keys.find(name);
    return found == zones->keys.end() ? std::nullopt : std::optional(found->second);
  };
  hooks.apply = [this](secondary::Transfer transfer, secondary::OnApplied on_applied) {
    auto shared = std::make_shared<const secondary::Transfer>(std::move(transfer));
    boost::asio::post(changes_io_, [this, shared, on_applied = std::move(on_applied)] {
      on_applied(control::apply_transfer(*controller_, *shared));
    });
  };
  hooks.drop_records = [this](const dns::Name& apex, secondary::OnApplied on_applied) {
    boost::asio::post(changes_io_, [this, apex, on_applied = std::move(on_applied)] {
      on_applied(control::drop_records(*controller_, apex));
    });
  };
  hooks.remember_contact = [this](const dns::Name& apex, std::int64_t time) {
    note(store_.save_contact(apex, time), apex);
  };
  hooks.forget_contact = [this](const dns::Name& apex) { note(store_.forget_contact(apex), apex); };
  return hooks;
}

void SecondaryKeeper::serve(const model::Config& config, const std::vector<dns::Name>& changed) {
  std::vector<model::SecondaryZonePtr> all = model::values_of(config.secondary_zones);
  if (all == listed_) {
    for (const dns::Name& apex : changed) {
      if (config.secondary_zones.find(apex.text()) != nullptr)
        secondaries_->set_held(apex, soa_of(config, apex));
    }
    return;
  }
  std::vector<secondary::ZoneSetting> settings;
  for (const model::SecondaryZonePtr& zone : all)
    settings.push_back({zone, soa_of(config, zone->zone)});
  listed_ = std::move(all);
  secondaries_->set_zones(std::move(settings));
}

void SecondaryKeeper::start(control::Controller& controller) {
  controller_ = &controller;
  thread_ = std::thread([this] { run(io_); });
  changes_thread_ = std::thread([this] { run(changes_io_); });
}

void SecondaryKeeper::stop() {
  io_.stop();
  changes_io_.stop();
  for (std::thread* thread : {&thread_, &changes_thread_})
    if (thread->joinable()) thread->join();
}

void SecondaryKeeper::notified(const server::NotifyReceipt& receipt) {
  secondaries_->notify(receipt.apex, receipt.primary);
}

void SecondaryKeeper::collect(std::vector<metrics::Family>& families) const {
  secondary::collect_secondaries(secondaries_->states(), secondaries_->counts(),
                                 std::chrono::system_clock::now(), families);
}

}  // namespace signpost::daemon
