// The messages of one zone transfer, filled with records and signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "dns/message_writer.h"
#include "server/query.h"
#include "server/transfer_request.h"

namespace signpost::server {

// Each message has the question (RFC 5936 section 2.2.1) and, if the query has one, an OPT. One is
// complete once it holds 16 KiB: names farther behind can't be pointed to.
class TransferWriter {
 public:
  // `request` must outlive the writer, which signs with its signer.
  explicit TransferWriter(TransferRequest& request);

  // Adds a record to the message under way. `now`: seconds of Unix time, for the signature of what
  // this completes. INVALID_ARGUMENT if no message has room for the record.
  absl::Status add(const dns::Name& owner, dns::RRType type, std::uint32_t ttl,
                   const std::string& rdata, std::uint64_t now);

  // Completes the message under way.
  void finish(std::uint64_t now);

  // Completes a message without records that refuses the transfer.
  void refuse(Rcode rcode, std::uint64_t now);

  // The complete messages as TCP carries them; gives them away.
  std::vector<std::uint8_t> take() { return std::exchange(framed_, {}); }
  std::size_t size() const { return framed_.size(); }

 private:
  void complete(Rcode rcode, std::uint64_t now);
  // The OPT of a message that has `size` octets before it.
  std::string opt_for(std::size_t size) const;

  TransferRequest& request_;
  const dns::Name qname_;
  std::size_t overhead_;  // octets of a message besides its records
  std::optional<dns::RecordWriter> records_;
  std::vector<std::uint8_t> framed_;
};

}  // namespace signpost::server
