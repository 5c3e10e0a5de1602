// One transfer of a zone to a client: AXFR (RFC 5936), or IXFR (RFC 1995) as far as the history
// goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dns/rdata.h"
#include "server/deferred_reply.h"
#include "server/transfer_counts.h"
#include "server/transfer_request.h"
#include "server/transfer_writer.h"
#include "server/zone_backend.h"

namespace signpost::server {

// The records that follow the first SOA, in their order, a few at a time.
class TransferRecords {
 public:
  virtual ~TransferRecords() = default;
  // Adds some; false if there were none left.
  virtual absl::StatusOr<bool> add_some(TransferWriter& writer, std::uint64_t now) = 0;
};

// The zone is that of the moment of the request, whatever changes meanwhile.
class OutgoingTransfer final : public DeferredReply {
 public:
  // `changes` must outlive the transfer; null: no history is known. Refused unless `admitted`.
  // `on_ended` is called with the last part.
  using OnEnded = std::function<void(TransferKind)>;
  OutgoingTransfer(std::unique_ptr<TransferRequest> request, const ZoneChangesSource& changes,
                   bool admitted, OnEnded on_ended);
  ~OutgoingTransfer() override;

  Part produce(std::uint64_t now) override;

 private:
  void begin(std::uint64_t now);
  void refuse(const std::string& why, std::uint64_t now);
  absl::Status survey();
  std::unique_ptr<TransferRecords> choose_records();
  absl::Status add_soa(std::uint64_t now);
  Part end(std::uint64_t now);
  Part give_up(const absl::Status& why);
  void tell() const;

  const std::unique_ptr<TransferRequest> request_;
  const ZoneChangesSource& changes_;
  const bool admitted_;
  const OnEnded on_ended_;
  TransferWriter writer_;
  std::unique_ptr<TransferRecords> records_;
  std::optional<dns::Soa> soa_;
  std::uint32_t soa_ttl_ = 0;
  // Owner names of the zone; found by survey().
  std::vector<std::pair<const dns::Name*, const model::OwnerRecords*>> owners_;
  bool follows_others_ = false;
  bool begun_ = false;
  TransferKind kind_ = TransferKind::kBroken;
  std::uint64_t octets_sent_ = 0;
};

}  // namespace signpost::server
