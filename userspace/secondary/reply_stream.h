// The messages by which a primary replies to one query.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "dns/message_reader.h"
#include "dns/rdata.h"
#include "dns/tsig.h"
#include "secondary/sent_query.h"

namespace signpost::secondary {

class ReplyStream {
 public:
  // `query` must outlive it.
  explicit ReplyStream(const SentQuery& query);

  // The records of the next message. Errors say what is wrong with it: PERMISSION_DENIED of its
  // signature, INTERNAL of its response code, INVALID_ARGUMENT of all else. `now`: seconds of Unix
  // time.
  absl::StatusOr<dns::MessageRecords> take(std::string_view message, std::uint64_t now);

  // Whether the last message is from a server that has the zone.
  bool is_authoritative() const { return head_.authoritative; }

  // Whether the stream may end here: its last message is signed, if it has to be (RFC 8945 section
  // 5.3.1).
  bool may_end() const { return !verifier_ || verifier_->complete(); }

 private:
  absl::Status check_head() const;
  absl::Status check_signature(std::string_view message, const dns::MessageRecords& records,
                               std::uint64_t now);

  const SentQuery& query_;
  dns::MessageHead head_;
  std::optional<dns::TsigReplyVerifier> verifier_;  // nothing: it need not be signed
};

// The SOA in a reply, of the one message `message`. Errors as above.
absl::StatusOr<dns::Soa> read_soa_reply(const SentQuery& query, std::string_view message,
                                        std::uint64_t now);

}  // namespace signpost::secondary
