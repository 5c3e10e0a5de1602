#include "server/notify_exchange.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <random>
#include <string>
#include <utility>

#include "base/log.h"
#include "dns/rcode.h"
#include "server/live_guard.h"

namespace signpost::server {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using boost::system::error_code;

constexpr unsigned kSentMax = 5;  // RFC 1996 section 3.6

std::uint16_t random_id() {
  static thread_local std::random_device device;
  return static_cast<std::uint16_t>(device());
}

std::optional<dns::TsigKey> key_of(const ServedZones& zones, const model::NotifyTarget& target) {
  if (!target.key) return std::nullopt;
  const auto found = zones.keys.find(*target.key);
  return found == zones.keys.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

NotifyExchange::NotifyExchange(asio::io_context& io, const LiveZones& zones,
                               const NotifierOptions& options, dns::Name apex,
                               model::NotifyTarget target, OnEnded on_ended)
    : zones_(zones),
      options_(options),
      apex_(std::move(apex)),
      target_(std::move(target)),
      on_ended_(std::move(on_ended)),
      socket_(io),
      timer_(io),
      wait_(options.first_wait) {}

void NotifyExchange::start() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->on_ended_) self->send();
  });
}

void NotifyExchange::cancel() {
  on_ended_ = nullptr;
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

// Others admit NOTIFY by the address that they transfer from.
void NotifyExchange::open_socket(error_code& error) {
  const auto remote = asio::ip::make_address(target_.address, error);
  if (error) return;
  socket_.close(error);
  socket_.open(remote.is_v4() ? udp::v4() : udp::v6(), error);
  for (const std::string& text : options_.listen) {
    const auto local = asio::ip::make_address(text, error);
    const bool fits = !error && local.is_v4() == remote.is_v4() && !local.is_unspecified() &&
                      local.is_loopback() == remote.is_loopback();
    if (!fits) continue;
    socket_.bind({local, 0}, error);
    break;
  }
  socket_.connect({remote, target_.port}, error);
}

void NotifyExchange::send() {
  if (sent_ == kSentMax) return end(NotifyResult::kUnanswered, "no reply");
  const ServedZonesPtr zones = zones_.load();
  const model::ZonePtr* zone = zones->config.zones.find(apex_);
  if (zone == nullptr || !(*zone)->has_records())
    return end(NotifyResult::kUnanswered, "the zone is gone");
  const std::optional<dns::TsigKey> key = key_of(*zones, target_);
  if (target_.key && !key)
    return end(NotifyResult::kUnanswered, "the secret of its key is unknown");
  message_ = make_notify(**zone, random_id(), key, unix_clock());
  error_code error;
  open_socket(error);
  if (!error) socket_.send(asio::buffer(message_.octets), 0, error);
  ++sent_;
  if (!error) await_reply();
  // What can't be sent now may be later: the network comes up, a server is started.
  timer_.expires_after(std::exchange(wait_, wait_ * 2));
  timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (!cancelled && self->on_ended_) self->send();
  });
}

void NotifyExchange::await_reply() {
  socket_.async_receive(asio::buffer(reply_), [self = shared_from_this()](const error_code& error,
                                                                          std::size_t size) {
    if (error || !self->on_ended_) return;
    const auto rcode = rcode_of_reply(self->message_, {self->reply_.data(), size}, unix_clock());
    if (!rcode) return self->await_reply();
    if (*rcode == dns::kRcodeNoError) return self->end(NotifyResult::kAcknowledged, "");
    self->end(NotifyResult::kRefused, dns::rcode_text(*rcode));
  });
}

void NotifyExchange::end(NotifyResult result, std::string_view why) {
  if (result != NotifyResult::kAcknowledged) {
    static log::RateLimit limit;
    log::warning(limit, "a server did not take the news of a changed zone",
                 {{"zone", apex_.text()}, {"server", target_.address}, {"why", why}});
  }
  const OnEnded on_ended = std::exchange(on_ended_, nullptr);
  cancel();
  on_ended(result);
}

}  // namespace signpost::server
