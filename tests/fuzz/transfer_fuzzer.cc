// Zone transfers of others: reading them ends, and what comes of one is of the zone and within the
// limit. The input is messages as TCP carries them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/octets.h"
#include "secondary/transfer_reader.h"

namespace {

using signpost::dns::MessageRecord;
using signpost::dns::RRType;
using signpost::secondary::SentQuery;
using signpost::secondary::TransferReader;

constexpr std::uint64_t kTime = 1'700'000'000;
constexpr std::size_t kOctetsMax = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

SentQuery query(RRType type) {
  const auto apex = signpost::dns::Name::parse("example.com.").value();
  const signpost::dns::Soa held{.mname = apex, .rname = apex, .serial = 5};
  return signpost::secondary::make_query(apex, type, held, std::nullopt, kTime);
}

void check(const std::vector<MessageRecord>& records, const SentQuery& asked, std::size_t& octets) {
  for (const MessageRecord& record : records) {
    require(record.owner.folded().is_at_or_below(asked.apex));
    require(record.type != RRType::kSoa && record.ttl <= 0x7fffffff);
    octets += record.owner.wire().size() + record.rdata.size();
  }
}

void read(std::string_view input, const SentQuery& asked) {
  TransferReader reader(asked, kOctetsMax);
  while (input.size() >= 2) {
    const std::size_t size = signpost::dns::load_u16(input, 0);
    std::string message(input.substr(2, size));
    input.remove_prefix(std::min(input.size(), 2 + size));
    if (message.size() >= 2) signpost::dns::store_u16(message, 0, asked.id);
    const absl::StatusOr<bool> last = reader.take(message, kTime);
    if (!last.ok()) return;
    if (!*last) continue;
    const signpost::secondary::Transfer transfer = reader.result();
    std::size_t octets = 0;
    check(transfer.records, asked, octets);
    for (const auto& difference : transfer.differences) {
      check(difference.removed, asked, octets);
      check(difference.added, asked, octets);
    }
    require(octets <= kOctetsMax);
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const RRType type : {RRType::kAxfr, RRType::kIxfr}) read(input, query(type));
  return 0;
}
