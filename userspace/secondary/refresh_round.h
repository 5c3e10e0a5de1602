// One refresh of one zone: its primaries are asked in turn for the SOA, and the first that has a
// newer one for the zone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dns/rdata.h"
#include "model/secondary_zone.h"
#include "secondary/hooks.h"
#include "secondary/incoming_transfer.h"
#include "secondary/sent_query.h"
#include "secondary/transfer_gate.h"
#include "upstream/exchange.h"

namespace signpost::secondary {

struct RoundOptions {
  std::chrono::milliseconds query_timeout{3'000};  // of the SOA, by UDP and by TCP
  TransferLimits transfer{};                       // octets_max: of the zone
};

// What rounds share; all must outlive them.
struct RoundContext {
  boost::asio::io_context& io;
  const Hooks& hooks;
  TransferGate& gate;
  RoundOptions options;
};

struct RoundResult {
  absl::Status status;  // not OK: no primary could say anything; with what each of them did
  TransferKind kind = TransferKind::kUpToDate;
  std::string primary{};  // that said it
  dns::Soa soa{};         // of the zone as it is held now
};

// Used on the thread of its io_context.
class RefreshRound : public std::enable_shared_from_this<RefreshRound> {
 public:
  using OnEnded = std::function<void(const RoundResult&)>;

  // `held`: the SOA of the zone, nothing if it has no records. `first`: the primary to begin with.
  RefreshRound(const RoundContext& context, model::SecondaryZonePtr zone,
               std::optional<dns::Soa> held, std::size_t first, OnEnded on_ended);

  // on_ended is called once, later.
  void start();
  // Ends it; on_ended is not called.
  void cancel();

 private:
  const model::Primary& primary() const;
  absl::StatusOr<SentQuery> query_for(dns::RRType type) const;
  void ask();
  void on_soa(const SentQuery& query, const upstream::ExchangeResult& result);
  void compare(const dns::Soa& soa);
  void await_place(dns::RRType type);
  void transfer(dns::RRType type);
  void on_transfer(dns::RRType type, absl::StatusOr<Transfer> transfer);
  void apply(dns::RRType type, Transfer transfer, const dns::Soa& soa);
  void leave_gate();
  // The primary is of no use; the next one is asked.
  void give_up(const absl::Status& why);
  // The same; `failed` says which primary it is.
  void go_on(const absl::Status& failed);
  void end(RoundResult result);

  const RoundContext& context_;
  const model::SecondaryZonePtr zone_;
  const std::optional<dns::Soa> held_;
  const std::size_t first_;
  OnEnded on_ended_;       // null: it has ended
  std::size_t tried_ = 0;  // primaries
  bool asked_again_ = false;
  bool in_gate_ = false;
  std::vector<std::string> failures_;
  std::function<void()> cancel_step_;  // an exchange or a transfer
};

}  // namespace signpost::secondary
