#include "secondary/refresh_round.h"

#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "dns/serial.h"
#include "secondary/reply_stream.h"

namespace signpost::secondary {
namespace {

using dns::RRType;

std::uint64_t unix_now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

upstream::Server server_of(const model::Primary& primary) {
  return {primary.address, primary.port};
}

// Whether the whole zone may come where the differences did not: not if the primary can't be
// reached or trusted, or has too much.
bool may_come_whole(const absl::Status& failed) {
  return !absl::IsUnavailable(failed) && !absl::IsPermissionDenied(failed) &&
         !absl::IsResourceExhausted(failed);
}

}  // namespace

RefreshRound::RefreshRound(const RoundContext& context, model::SecondaryZonePtr zone,
                           std::optional<dns::Soa> held, std::size_t first, OnEnded on_ended)
    : context_(context),
      zone_(std::move(zone)),
      held_(std::move(held)),
      first_(first),
      on_ended_(std::move(on_ended)) {}

void RefreshRound::start() {
  boost::asio::post(context_.io, [self = shared_from_this()] {
    if (self->on_ended_) self->ask();
  });
}

void RefreshRound::cancel() {
  on_ended_ = nullptr;
  if (cancel_step_) cancel_step_();
  leave_gate();
}

const model::Primary& RefreshRound::primary() const {
  return zone_->primaries[(first_ + tried_) % zone_->primaries.size()];
}

absl::StatusOr<SentQuery> RefreshRound::query_for(RRType type) const {
  std::optional<dns::TsigKey> key;
  if (primary().key) {
    key = context_.hooks.key(*primary().key);
    if (!key)
      return failed_precondition("the secret of its TSIG key ", primary().key->text(),
                                 " is unknown");
  }
  return make_query(zone_->zone, type, held_, key, unix_now());
}

void RefreshRound::ask() {
  absl::StatusOr<SentQuery> query = query_for(RRType::kSoa);
  if (!query.ok()) return give_up(query.status());
  upstream::Query message{query->id, query->apex, query->type, query->octets};
  cancel_step_ = upstream::start_exchange(
      context_.io, server_of(primary()), std::move(message), context_.options.query_timeout,
      [self = shared_from_this(), query = *query](const upstream::ExchangeResult& result) {
        self->on_soa(query, result);
      });
}

// A datagram may get lost once.
void RefreshRound::on_soa(const SentQuery& query, const upstream::ExchangeResult& result) {
  if (result.reply.empty()) {
    if (!std::exchange(asked_again_, true)) return ask();
    return go_on(result.resolution.status());
  }
  const absl::StatusOr<dns::Soa> soa = read_soa_reply(query, result.reply, unix_now());
  if (!soa.ok()) return give_up(soa.status());
  compare(*soa);
}

void RefreshRound::compare(const dns::Soa& soa) {
  if (!held_) return await_place(RRType::kAxfr);
  if (dns::serial_is_ahead(soa.serial, held_->serial)) return await_place(RRType::kIxfr);
  if (soa.serial == held_->serial)
    return end({.status = absl::OkStatus(), .primary = primary().address, .soa = *held_});
  give_up(failed_precondition("its serial ", soa.serial, " is behind ours, ", held_->serial));
}

void RefreshRound::await_place(RRType type) {
  if (in_gate_) return transfer(type);
  context_.gate.enter([weak = weak_from_this(), type] {
    const auto self = weak.lock();
    if (!self || !self->on_ended_) return false;
    self->in_gate_ = true;
    self->transfer(type);
    return true;
  });
}

void RefreshRound::transfer(RRType type) {
  absl::StatusOr<SentQuery> query = query_for(type);
  if (!query.ok()) return give_up(query.status());
  TransferLimits limits = context_.options.transfer;
  limits.octets_max = std::size_t{zone_->max_mebibytes} << 20;
  cancel_step_ =
      start_transfer(context_.io, server_of(primary()), *std::move(query), limits,
                     [self = shared_from_this(), type](absl::StatusOr<Transfer> transfer) {
                       self->on_transfer(type, std::move(transfer));
                     });
}

void RefreshRound::on_transfer(RRType type, absl::StatusOr<Transfer> transfer) {
  if (!transfer.ok()) {
    const bool whole_is_left = type == RRType::kIxfr && may_come_whole(transfer.status());
    return whole_is_left ? this->transfer(RRType::kAxfr) : give_up(transfer.status());
  }
  const absl::StatusOr<dns::Soa> soa = dns::parse_soa(transfer->soa.rdata);
  if (!soa.ok()) return give_up(soa.status());
  const bool is_newer = !held_ || dns::serial_is_ahead(soa->serial, held_->serial);
  if (is_newer && transfer->kind != TransferKind::kUpToDate)
    return apply(type, *std::move(transfer), *soa);
  give_up(failed_precondition("it sent serial ", soa->serial, ", which is not ahead of ours, ",
                              held_->serial, ", after it had told of a newer one"));
}

void RefreshRound::apply(RRType type, Transfer transfer, const dns::Soa& soa) {
  cancel_step_ = nullptr;
  const TransferKind kind = transfer.kind;
  const auto on_applied = [self = shared_from_this(), type, kind, soa](const absl::Status& status) {
    if (!self->on_ended_) return;
    if (status.ok())
      return self->end(
          {.status = status, .kind = kind, .primary = self->primary().address, .soa = soa});
    const bool does_not_fit = kind == TransferKind::kIncremental &&
                              absl::IsFailedPrecondition(status) && type == RRType::kIxfr;
    does_not_fit ? self->transfer(RRType::kAxfr) : self->give_up(status);
  };
  context_.hooks.apply(std::move(transfer), [&io = context_.io, on_applied](absl::Status status) {
    boost::asio::post(io, [on_applied, status = std::move(status)] { on_applied(status); });
  });
}

void RefreshRound::leave_gate() {
  if (std::exchange(in_gate_, false)) context_.gate.leave();
}

void RefreshRound::give_up(const absl::Status& why) {
  go_on(annotate(why, upstream::to_text(server_of(primary()))));
}

void RefreshRound::go_on(const absl::Status& failed) {
  cancel_step_ = nullptr;
  failures_.emplace_back(failed.message());
  asked_again_ = false;
  if (++tried_ < zone_->primaries.size()) return ask();
  end({.status = unavailable(absl::StrJoin(failures_, "; "))});
}

void RefreshRound::end(RoundResult result) {
  const OnEnded on_ended = std::exchange(on_ended_, nullptr);
  cancel_step_ = nullptr;
  leave_gate();
  on_ended(result);
}

}  // namespace signpost::secondary
