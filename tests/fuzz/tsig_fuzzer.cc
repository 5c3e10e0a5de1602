// Signatures of others: reading and verifying them ends, accepts nothing that this key has not
// signed, and a message that it has signed is accepted until an octet changes.
#include "dns/tsig.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dns/message_reader.h"

namespace {

using signpost::dns::Tsig;
using signpost::dns::TsigError;
using signpost::dns::TsigKey;

constexpr std::uint64_t kTime = 1'700'000'000;

void require(bool condition) {
  if (!condition) std::abort();
}

TsigKey key() {
  return {signpost::dns::Name::parse("fuzz.example.").value(),
          signpost::dns::TsigAlgorithm::kHmacSha256, "a secret that no input has"};
}

std::optional<Tsig> tsig_of(std::string_view message) {
  const auto head = signpost::dns::read_message_head(message);
  if (!head.ok()) return std::nullopt;
  const auto records = signpost::dns::read_message_records(message, *head);
  if (!records.ok() || records->additionals.empty()) return std::nullopt;
  const auto& last = records->additionals.back();
  if (last.type != signpost::dns::RRType::kTsig) return std::nullopt;
  return signpost::dns::read_tsig(last.owner, last.rdata, last.at);
}

TsigError verdict(std::string_view message, const Tsig& tsig) {
  const TsigKey known = key();
  return signpost::dns::verify_tsig(message, tsig, {{known.name, known}}, kTime).error;
}

void check_own_signature(std::string message) {
  const auto head = signpost::dns::read_message_head(message);
  if (!head.ok() || head->additionals == 0xffff) return;
  const auto records = signpost::dns::read_message_records(message, *head);
  if (!records.ok() || tsig_of(message)) return;
  const std::size_t end = message.size();
  signpost::dns::TsigSigner signer(key());
  signpost::dns::append_tsig(message, signer, kTime);
  const auto tsig = tsig_of(message);
  // Octets behind the last record are read as the begin of the signature's.
  if (!tsig || tsig->at != end) return;
  require(verdict(message, *tsig) == TsigError::kNone);
  for (const std::size_t at : {std::size_t{2}, tsig->at / 2, tsig->at - 1}) {
    std::string altered = message;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    require(verdict(altered, *tsig) != TsigError::kNone);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string message(reinterpret_cast<const char*>(data), size);
  if (const auto tsig = tsig_of(message)) {
    require(tsig->at < size);
    require(verdict(message, *tsig) != TsigError::kNone);
    signpost::dns::TsigReplyVerifier verifier(key(), "");
    require(!verifier.accept(message, tsig, kTime));
  }
  check_own_signature(message);
  return 0;
}
