#include "dns/tsig.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dns/name_text.h"
#include "dns/octets.h"
#include "dns/text.h"

namespace signpost::dns {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kArcountAt = 10;
constexpr std::size_t kTimeSize = 6;
constexpr unsigned kUnsignedMax = 99;  // messages between two signatures
constexpr std::size_t kMacLeast = 10;

struct AlgorithmFacts {
  TsigAlgorithm algorithm;
  std::string_view text;
  std::size_t mac_size;
  const EVP_MD* (*digest)();
};

constexpr std::array kAlgorithms = {
    AlgorithmFacts{TsigAlgorithm::kHmacSha256, "hmac-sha256", 32, EVP_sha256},
    AlgorithmFacts{TsigAlgorithm::kHmacSha384, "hmac-sha384", 48, EVP_sha384},
    AlgorithmFacts{TsigAlgorithm::kHmacSha512, "hmac-sha512", 64, EVP_sha512}};

const AlgorithmFacts& facts_of(TsigAlgorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)];
}

// The algorithm's name has one label.
std::string algorithm_wire(TsigAlgorithm algorithm) {
  const std::string_view text = facts_of(algorithm).text;
  std::string wire(1, static_cast<char>(text.size()));
  wire += text;
  wire += '\0';
  return wire;
}

std::string hmac(const TsigKey& key, std::string_view octets) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  HMAC(facts_of(key.algorithm).digest(), key.secret.data(), static_cast<int>(key.secret.size()),
       reinterpret_cast<const unsigned char*>(octets.data()), octets.size(), mac.data(), &size);
  return {reinterpret_cast<const char*>(mac.data()), size};
}

// What precedes a reply or a further message of a transfer under its MAC (section 4.3.1).
std::string prior_part(std::string_view mac) {
  std::string octets;
  if (mac.empty()) return octets;
  append_u16(octets, mac.size());
  octets += mac;
  return octets;
}

void append_timers(std::string& out, std::uint64_t time, std::uint16_t fudge) {
  append_uint(out, time, kTimeSize);
  append_u16(out, fudge);
}

// The message as it was before it was signed: with the ID of its sender, without the record.
std::string without_tsig(std::string_view message, const Tsig& tsig) {
  std::string octets(message.substr(0, tsig.at));
  store_u16(octets, 0, tsig.original_id);
  store_u16(octets, kArcountAt, load_u16(message, kArcountAt) - 1u);
  return octets;
}

// TSIG variables (section 4.3.3), with names in canonical form.
void append_variables(std::string& out, const TsigKey& key, const Tsig& tsig) {
  out += key.name.wire();
  append_u16(out, kClassAny);
  append_u32(out, 0);  // TTL
  out += algorithm_wire(key.algorithm);
  append_timers(out, tsig.time, tsig.fudge);
  append_u16(out, tsig.error);
  append_u16(out, tsig.other.size());
  out += tsig.other;
}

// `key` and `algorithm` in wire form.
std::string rendered(std::string_view key, std::string_view algorithm, const Tsig& tsig) {
  std::string record(key);
  append_u16(record, static_cast<std::uint16_t>(RRType::kTsig));
  append_u16(record, kClassAny);
  append_u32(record, 0);  // TTL
  append_u16(record,
             algorithm.size() + kTimeSize + 2 + 2 + tsig.mac.size() + 6 + tsig.other.size());
  record += algorithm;
  append_timers(record, tsig.time, tsig.fudge);
  append_u16(record, tsig.mac.size());
  record += tsig.mac;
  append_u16(record, tsig.original_id);
  append_u16(record, tsig.error);
  append_u16(record, tsig.other.size());
  record += tsig.other;
  return record;
}

// Whether `mac`, which may be cut off, is the beginning of `whole`, in a time that does not tell
// how much of it is.
bool is_mac(std::string_view mac, std::string_view whole) {
  return mac.size() <= whole.size() && CRYPTO_memcmp(mac.data(), whole.data(), mac.size()) == 0;
}

bool is_in_time(const Tsig& tsig, std::uint64_t now) {
  const std::uint64_t apart = now > tsig.time ? now - tsig.time : tsig.time - now;
  return apart <= tsig.fudge;
}

// Not shorter than 10 octets or half the MAC, nor longer than it (section 5.2.2.1). MACs of error
// messages have none.
bool may_be_mac(std::size_t size, const Name& algorithm) {
  const auto known = parse_tsig_algorithm(algorithm.text());
  if (!known || size == 0) return true;
  const std::size_t whole = facts_of(*known).mac_size;
  return size <= whole && size >= std::max(kMacLeast, whole / 2);
}

}  // namespace

std::string_view to_text(TsigAlgorithm algorithm) { return facts_of(algorithm).text; }

std::optional<TsigAlgorithm> parse_tsig_algorithm(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  for (const AlgorithmFacts& facts : kAlgorithms)
    if (equals_ignoring_case(text, facts.text)) return facts.algorithm;
  return std::nullopt;
}

std::optional<Tsig> read_tsig(const Name& owner, std::string_view rdata, std::size_t at) {
  constexpr std::size_t kBehindMac = 6;
  Tsig tsig;
  tsig.key = owner.folded();
  tsig.at = at;
  const auto name = name_size(rdata);
  if (!name || rdata.size() < *name + kTimeSize + 4 + kBehindMac) return std::nullopt;
  tsig.algorithm = Name::from_wire(rdata.substr(0, *name)).value();
  rdata.remove_prefix(*name);
  tsig.time = load_uint(rdata, 0, kTimeSize);
  tsig.fudge = load_u16(rdata, kTimeSize);
  const std::size_t mac_size = load_u16(rdata, kTimeSize + 2);
  rdata.remove_prefix(kTimeSize + 4);
  if (rdata.size() < mac_size + kBehindMac || !may_be_mac(mac_size, tsig.algorithm))
    return std::nullopt;
  tsig.mac = rdata.substr(0, mac_size);
  rdata.remove_prefix(mac_size);
  tsig.original_id = load_u16(rdata, 0);
  tsig.error = load_u16(rdata, 2);
  const std::size_t other_size = load_u16(rdata, 4);
  if (rdata.size() != kBehindMac + other_size) return std::nullopt;
  tsig.other = rdata.substr(kBehindMac);
  return tsig;
}

std::optional<Tsig> find_tsig(const MessageRecords& records) {
  if (records.additionals.empty()) return std::nullopt;
  const MessageRecord& last = records.additionals.back();
  if (last.type != RRType::kTsig || last.rclass != kClassAny || last.ttl != 0) return std::nullopt;
  return read_tsig(last.owner, last.rdata, last.at);
}

std::string unsigned_tsig(const Tsig& request, TsigError error) {
  Tsig reply = request;
  reply.mac.clear();
  reply.other.clear();
  reply.error = static_cast<std::uint16_t>(error);
  return rendered(request.key.wire(), request.algorithm.wire(), reply);
}

std::size_t tsig_size(const TsigKey& key, TsigError error) {
  constexpr std::size_t kFixed = 10 + kTimeSize + 4 + 6;
  const std::size_t other = error == TsigError::kBadTime ? kTimeSize : 0;
  return key.name.wire().size() + kFixed + algorithm_wire(key.algorithm).size() +
         facts_of(key.algorithm).mac_size + other;
}

struct TsigSigner::Fields {
  std::uint64_t time = 0;
  std::uint16_t fudge = kTsigFudge;
  TsigError error = TsigError::kNone;
  std::string other;
};

std::string TsigSigner::record(std::string_view message, std::uint64_t now) {
  return sign(message, Fields{.time = now, .other = {}});
}

std::string TsigSigner::error_record(std::string_view message, const Tsig& request, TsigError error,
                                     std::uint64_t now) {
  Fields fields{.time = now, .error = error, .other = {}};
  if (error == TsigError::kBadTime) {
    fields.time = request.time;
    fields.fudge = request.fudge;
    append_uint(fields.other, now, kTimeSize);
  }
  return sign(message, fields);
}

std::string TsigSigner::sign(std::string_view message, const Fields& fields) {
  Tsig tsig;
  tsig.time = fields.time;
  tsig.fudge = fields.fudge;
  tsig.original_id = load_u16(message, 0);
  tsig.error = static_cast<std::uint16_t>(fields.error);
  tsig.other = fields.other;
  std::string covered = prior_part(prior_mac_);
  covered += message;
  if (std::exchange(first_, false)) {
    append_variables(covered, key_, tsig);
  } else {
    append_timers(covered, tsig.time, tsig.fudge);
  }
  tsig.mac = prior_mac_ = hmac(key_, covered);
  return rendered(key_.name.wire(), algorithm_wire(key_.algorithm), tsig);
}

void append_tsig(std::string& message, TsigSigner& signer, std::uint64_t now) {
  message += signer.record(message, now);
  store_u16(message, kArcountAt, load_u16(message, kArcountAt) + 1u);
}

TsigVerdict verify_tsig(std::string_view message, const Tsig& tsig, const TsigKeys& keys,
                        std::uint64_t now) {
  const auto found = keys.find(tsig.key);
  if (found == keys.end() || parse_tsig_algorithm(tsig.algorithm.text()) != found->second.algorithm)
    return {TsigError::kBadKey, nullptr};
  const TsigKey& key = found->second;
  std::string covered = without_tsig(message, tsig);
  append_variables(covered, key, tsig);
  if (tsig.mac.empty() || !is_mac(tsig.mac, hmac(key, covered))) return {TsigError::kBadSig, &key};
  if (!is_in_time(tsig, now)) return {TsigError::kBadTime, &key};
  const bool whole = tsig.mac.size() == facts_of(key.algorithm).mac_size;
  return {whole ? TsigError::kNone : TsigError::kBadTrunc, &key};
}

bool TsigReplyVerifier::accept(std::string_view message, const std::optional<Tsig>& tsig,
                               std::uint64_t now) {
  if (message.size() < kHeaderSize) return false;
  if (!tsig) {
    unsigned_ += message;
    return !first_ && ++unsigned_count_ <= kUnsignedMax;
  }
  std::string covered = prior_part(prior_mac_);
  covered += unsigned_;
  covered += without_tsig(message, *tsig);
  if (first_) {
    append_variables(covered, key_, *tsig);
  } else {
    append_timers(covered, tsig->time, tsig->fudge);
  }
  const std::string mac = hmac(key_, covered);
  const bool good = tsig->key == key_.name && tsig->mac.size() == mac.size() &&
                    is_mac(tsig->mac, mac) && is_in_time(*tsig, now);
  first_ = false;
  unsigned_.clear();
  unsigned_count_ = 0;
  prior_mac_ = mac;
  return good;
}

}  // namespace signpost::dns
