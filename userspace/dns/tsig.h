// Transaction signatures (RFC 8945): messages that only who knows a shared secret can have sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "dns/message_reader.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::dns {

// Of those that RFC 8945 section 6 has, the ones it does not advise against.
enum class TsigAlgorithm : std::uint8_t { kHmacSha256, kHmacSha384, kHmacSha512 };

// "hmac-sha256", and the algorithm of such a name; nothing if it is none of these.
std::string_view to_text(TsigAlgorithm algorithm);
std::optional<TsigAlgorithm> parse_tsig_algorithm(std::string_view text);

struct TsigKey {
  Name name;  // folded
  TsigAlgorithm algorithm = TsigAlgorithm::kHmacSha256;
  std::string secret;  // octets
};
using TsigKeys = absl::flat_hash_map<Name, TsigKey>;  // by name

// What is wrong with a signature (RFC 8945 section 3).
enum class TsigError : std::uint16_t {
  kNone = 0,
  kBadSig = 16,
  kBadKey = 17,
  kBadTime = 18,
  kBadTrunc = 22,
};

inline constexpr std::uint16_t kTsigFudge = 300;  // seconds; RFC 8945 section 10

// A TSIG record as it came.
struct Tsig {
  Name key;
  Name algorithm;
  std::uint64_t time = 0;  // seconds of Unix time, 48 bits
  std::uint16_t fudge = 0;
  std::string mac;
  std::uint16_t original_id = 0;
  std::uint16_t error = 0;
  std::string other;
  std::size_t at = 0;  // where it begins in its message
};

// From the parts of a record that begins at octet `at` of its message. Nothing if RDATA does not
// have the form of section 4.2, or if a MAC can't be of that length (section 5.2.2.1).
std::optional<Tsig> read_tsig(const Name& owner, std::string_view rdata, std::size_t at);

// That of a whole message, which is its last record; nothing if there is none, or if it is
// malformed.
std::optional<Tsig> find_tsig(const MessageRecords& records);

// The record that tells of an error about a key or a MAC, which is not signed (section 5.3.2).
std::string unsigned_tsig(const Tsig& request, TsigError error);

// Octets of a record that `key` signs with.
std::size_t tsig_size(const TsigKey& key, TsigError error = TsigError::kNone);

// Signs the messages of one side of an exchange in their order: a request, the reply to it, or the
// messages of a zone transfer, each of which covers the one before it (section 5.3.1).
class TsigSigner {
 public:
  // `request_mac`: the MAC of the request that is replied to; empty for a request.
  explicit TsigSigner(TsigKey key, std::string request_mac = {})
      : key_(std::move(key)), prior_mac_(std::move(request_mac)) {}

  const TsigKey& key() const { return key_; }

  // The record that ends `message`, whose ARCOUNT does not count it yet. `now`: seconds of Unix
  // time.
  std::string record(std::string_view message, std::uint64_t now);

  // The record of a reply to a request whose time or truncation is refused: BADTIME tells ours, and
  // goes by the client's (section 5.2.3).
  std::string error_record(std::string_view message, const Tsig& request, TsigError error,
                           std::uint64_t now);

  // The MAC of the last message: what a reply to it has to cover.
  const std::string& mac() const { return prior_mac_; }

 private:
  struct Fields;
  std::string sign(std::string_view message, const Fields& fields);

  TsigKey key_;
  std::string prior_mac_;
  bool first_ = true;
};

// Appends the signature to a whole message, and counts it.
void append_tsig(std::string& message, TsigSigner& signer, std::uint64_t now);

// The verdict about the TSIG of a request.
struct TsigVerdict {
  TsigError error = TsigError::kBadKey;
  const TsigKey* key = nullptr;  // null under kBadKey
};

// Checks, in the order of section 5.2: key, MAC, time, truncation. A MAC shorter than the
// algorithm's is refused. `message` ends with `tsig`.
TsigVerdict verify_tsig(std::string_view message, const Tsig& tsig, const TsigKeys& keys,
                        std::uint64_t now);

// Verifies the messages that reply to a request that was signed, in their order. Not every one has
// to be signed, but the first, the last, and one of a hundred (section 5.3.1).
class TsigReplyVerifier {
 public:
  TsigReplyVerifier(TsigKey key, std::string request_mac)
      : key_(std::move(key)), prior_mac_(std::move(request_mac)) {}

  // True if the message is signed well, or may be without a signature, if it has none. `now` as
  // above.
  bool accept(std::string_view message, const std::optional<Tsig>& tsig, std::uint64_t now);

  // Whether the last message was signed.
  bool complete() const { return unsigned_count_ == 0 && !first_; }

 private:
  TsigKey key_;
  std::string prior_mac_;
  std::string unsigned_;  // messages since the last signature
  unsigned unsigned_count_ = 0;
  bool first_ = true;
};

}  // namespace signpost::dns
