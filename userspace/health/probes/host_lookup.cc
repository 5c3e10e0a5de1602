#include "health/probes/host_lookup.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/status.h"
#include "dns/rdata.h"

namespace signpost::health {
namespace {

// Two servers can be asked within the 4 s in which an HTTP target must be connected to.
constexpr std::chrono::milliseconds kReplyWithin{1500};

}  // namespace

HostLookup::HostLookup(boost::asio::io_context& io, const std::vector<upstream::Server>& resolvers,
                       std::string host, OnAddress on_address)
    : io_(io),
      resolvers_(resolvers),
      host_(std::move(host)),
      on_address_(std::move(on_address)),
      error_("there is no resolver; give one with signpostd --resolver") {}

void HostLookup::start() {
  boost::asio::post(io_, [self = shared_from_this()] { self->ask(); });
}

void HostLookup::cancel() {
  on_address_ = nullptr;
  if (const auto cancel = std::exchange(cancel_exchange_, nullptr)) cancel();
}

void HostLookup::ask() {
  if (!on_address_) return;
  const auto name = dns::Name::parse(host_);
  if (!name.ok()) return finish(unavailable(host_, " is not a domain name"));
  if (next_ == resolvers_.size()) return finish(unavailable(error_));
  const upstream::Query query =
      upstream::make_query({name->folded(), dns::RRType::kA}, upstream::random_secret());
  cancel_exchange_ =
      upstream::start_exchange(io_, resolvers_[next_++], query, kReplyWithin,
                               [self = shared_from_this()](const upstream::ExchangeResult& result) {
                                 self->cancel_exchange_ = nullptr;
                                 self->on_exchanged(result);
                               });
}

void HostLookup::on_exchanged(const upstream::ExchangeResult& result) {
  if (!result.resolution.ok()) {
    error_ = std::string(result.resolution.status().message());
    return ask();
  }
  if (result.resolution->rdata.empty()) return finish(unavailable("it has no A record"));
  finish(dns::format_rdata(dns::RRType::kA, result.resolution->rdata.front()));
}

void HostLookup::finish(absl::StatusOr<std::string> address) {
  if (const OnAddress on_address = std::exchange(on_address_, nullptr))
    on_address(std::move(address));
}

}  // namespace signpost::health
