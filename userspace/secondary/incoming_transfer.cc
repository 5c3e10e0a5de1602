#include "secondary/incoming_transfer.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "secondary/transfer_reader.h"
#include "upstream/framed_stream.h"

namespace signpost::secondary {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

class IncomingTransfer : public std::enable_shared_from_this<IncomingTransfer> {
 public:
  IncomingTransfer(asio::io_context& io, const upstream::Server& primary, SentQuery query,
                   const TransferLimits& limits, OnTransferred on_transferred)
      : primary_(primary),
        query_(std::move(query)),
        limits_(limits),
        on_transferred_(std::move(on_transferred)),
        reader_(query_, limits.octets_max),
        stream_(io),
        timer_(io),
        ends_(Clock::now() + limits.whole) {}

  void start() {
    asio::post(timer_.get_executor(), [self = shared_from_this()] {
      if (self->on_transferred_) self->connect();
    });
  }

  void cancel() {
    on_transferred_ = nullptr;
    close();
  }

 private:
  void connect() {
    error_code error;
    const auto address = asio::ip::make_address(primary_.address, error);
    if (error) return finish(unavailable("not an IPv4 or IPv6 address"));
    arm();
    stream_.connect({address, primary_.port},
                    [self = shared_from_this()](const error_code& failed) {
                      if (self->goes_on(failed)) self->send();
                    });
  }

  void send() {
    stream_.send(query_.octets, [self = shared_from_this()](const error_code& error) {
      if (self->goes_on(error)) self->await_message();
    });
  }

  void await_message() {
    arm();
    stream_.receive([self = shared_from_this()](const error_code& error) {
      if (self->goes_on(error)) self->on_message(self->stream_.message());
    });
  }

  void on_message(const std::string& message) {
    const absl::StatusOr<bool> last =
        reader_.take(message, static_cast<std::uint64_t>(std::time(nullptr)));
    if (!last.ok()) return finish(last.status());
    if (!*last) return await_message();
    Transfer transfer = reader_.result();
    transfer.primary = primary_.address;
    finish(std::move(transfer));
  }

  // Waits for the next message, but not beyond the end of the whole.
  void arm() {
    const bool is_last_wait = Clock::now() + limits_.idle >= ends_;
    timer_.expires_at(is_last_wait ? ends_ : Clock::now() + limits_.idle);
    timer_.async_wait([self = shared_from_this(), is_last_wait](const error_code& replaced) {
      // A wait that ended just before it was replaced arrives here without an error.
      if (replaced || !self->on_transferred_ || self->timer_.expiry() > Clock::now()) return;
      const auto limit = is_last_wait ? self->limits_.whole : self->limits_.idle;
      self->finish(unavailable("its transfer was cut off: ",
                               is_last_wait ? "not complete after " : "no whole message came for ",
                               limit.count(), " ms"));
    });
  }

  bool goes_on(const error_code& error) {
    if (!on_transferred_) return false;
    if (error) finish(unavailable("over TCP: ", error.message()));
    return !error;
  }

  void finish(absl::StatusOr<Transfer> transfer) {
    close();
    const OnTransferred on_transferred = std::exchange(on_transferred_, nullptr);
    on_transferred(std::move(transfer));
  }

  void close() {
    stream_.close();
    timer_.cancel();
  }

  const upstream::Server primary_;
  const SentQuery query_;
  const TransferLimits limits_;
  OnTransferred on_transferred_;  // null: it has ended
  TransferReader reader_;
  upstream::FramedStream stream_;
  asio::steady_timer timer_;
  const Clock::time_point ends_;
};

}  // namespace

CancelTransfer start_transfer(asio::io_context& io, const upstream::Server& primary,
                              SentQuery query, const TransferLimits& limits,
                              OnTransferred on_transferred) {
  const auto transfer = std::make_shared<IncomingTransfer>(io, primary, std::move(query), limits,
                                                           std::move(on_transferred));
  transfer->start();
  return [weak = std::weak_ptr<IncomingTransfer>(transfer)] {
    if (const auto running = weak.lock()) running->cancel();
  };
}

}  // namespace signpost::secondary
