// Makes a transfer of the messages that bring it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "secondary/reply_stream.h"
#include "secondary/sent_query.h"
#include "secondary/transfer.h"

namespace signpost::secondary {

class TransferReader {
 public:
  // `query`, for AXFR or IXFR, must outlive it. `octets_max`: of all records, uncompressed.
  TransferReader(const SentQuery& query, std::size_t octets_max);

  // Takes the next message; true if it is the last. After an error the transfer is of no use:
  // those of ReplyStream, INVALID_ARGUMENT if the records are not in the order of a transfer,
  // RESOURCE_EXHAUSTED beyond the limit.
  absl::StatusOr<bool> take(std::string_view message, std::uint64_t now);

  // After the last message.
  Transfer result() { return std::move(transfer_); }

 private:
  // What the next record may be.
  enum class Stage {
    kFirstSoa,  // of the zone as it will be
    kSecond,    // under IXFR: decides between differences and the whole zone
    kWhole,
    kRemoved,
    kAdded,
    kEnded,
  };

  absl::Status take_record(dns::MessageRecord record);
  absl::Status take_soa(dns::MessageRecord record, std::uint32_t serial);
  absl::Status begin(dns::MessageRecord soa, std::uint32_t serial);
  absl::Status begin_difference(std::uint32_t serial);
  absl::Status keep(dns::MessageRecord record);
  bool belongs(const dns::MessageRecord& record) const;
  void end(TransferKind kind);

  const SentQuery& query_;
  const std::size_t octets_max_;
  ReplyStream stream_;
  Transfer transfer_;
  Stage stage_ = Stage::kFirstSoa;
  std::uint32_t new_serial_ = 0;  // that the transfer leads to
  std::uint32_t serial_ = 0;      // that the differences so far lead to
  std::size_t octets_ = 0;
};

}  // namespace signpost::secondary
