#include "upstream/reply.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "dns/rcode.h"
#include "dns/rdata.h"

namespace signpost::upstream {
namespace {

using dns::MessageHead;
using dns::MessageRecord;
using dns::MessageRecords;
using dns::Name;
using dns::RRType;

constexpr std::size_t kChainMax = 16;
constexpr std::size_t kRecordsMax = 400;
constexpr std::uint32_t kTtlMax = 0x7fffffff;

std::uint32_t ttl_of(const MessageRecord& record) { return record.ttl > kTtlMax ? 0 : record.ttl; }

bool is_at(const MessageRecord& record, const Name& owner, RRType type) {
  return record.rclass == dns::kClassIn && record.type == type && record.owner == owner;
}

// Where the CNAMEs from the name asked lead, and the least of their TTLs.
struct ChainEnd {
  Name name;
  std::uint32_t ttl = kTtlMax;
};

// The CNAME at `name`, or null.
absl::StatusOr<const MessageRecord*> cname_at(const Name& name,
                                              const std::vector<MessageRecord>& answers) {
  const MessageRecord* found = nullptr;
  for (const MessageRecord& record : answers) {
    if (!is_at(record, name, RRType::kCname)) continue;
    if (found != nullptr && Name::from_wire(found->rdata) != Name::from_wire(record.rdata))
      return unavailable(name.text(), " has several CNAMEs");
    found = &record;
  }
  return found;
}

absl::StatusOr<ChainEnd> follow(const Query& query, const std::vector<MessageRecord>& answers) {
  ChainEnd end{query.name.folded()};
  if (query.type == RRType::kCname) return end;
  std::vector<Name> seen{end.name};
  for (;;) {
    ASSIGN_OR_RETURN(const MessageRecord* cname, cname_at(end.name, answers));
    if (cname == nullptr) return end;
    ASSIGN_OR_RETURN(const Name next, Name::from_wire(cname->rdata));
    end.name = next.folded();
    end.ttl = std::min(end.ttl, ttl_of(*cname));
    if (std::find(seen.begin(), seen.end(), end.name) != seen.end())
      return unavailable("the CNAMEs loop at ", end.name.text());
    if (seen.size() > kChainMax) return unavailable("more than ", kChainMax, " CNAMEs");
    seen.push_back(end.name);
  }
}

// Letters may come from our own question through compression, so their case means nothing.
Resolution records_at(const ChainEnd& end, RRType type, const std::vector<MessageRecord>& answers) {
  Resolution found{{}, end.ttl};
  for (const MessageRecord& record : answers) {
    if (!is_at(record, end.name, type)) continue;
    found.ttl = std::min(found.ttl, ttl_of(record));
    found.rdata.push_back(record.rdata);
    dns::fold_names_in_rdata(type, found.rdata.back());
  }
  std::sort(found.rdata.begin(), found.rdata.end());
  found.rdata.erase(std::unique(found.rdata.begin(), found.rdata.end()), found.rdata.end());
  return found;
}

// RFC 2308: that there are no such records at `end`.
absl::StatusOr<Resolution> read_negative(const ChainEnd& end, const MessageHead& head,
                                         const std::vector<MessageRecord>& authorities) {
  bool refers = false;
  for (const MessageRecord& record : authorities) {
    if (record.rclass != dns::kClassIn || !end.name.is_at_or_below(record.owner)) continue;
    refers = refers || record.type == RRType::kNs;
    if (record.type != RRType::kSoa) continue;
    ASSIGN_OR_RETURN(const dns::Soa soa, dns::parse_soa(record.rdata));
    const std::uint32_t minimum = soa.minimum > kTtlMax ? 0 : soa.minimum;
    return Resolution{{}, std::min({end.ttl, ttl_of(record), minimum})};
  }
  if (refers || !head.recursion_available)
    return unavailable("it does not resolve ", end.name.text(), "; configure servers that recurse");
  return Resolution{};  // not to be kept: RFC 2308 section 5
}

}  // namespace

absl::StatusOr<Resolution> read_reply(std::string_view message, const MessageHead& head,
                                      const Query& query) {
  const auto records = dns::read_message_records(message, head);
  if (!records.ok()) return unavailable(std::string(records.status().message()));
  const unsigned rcode = dns::full_rcode(head, *records);
  if (rcode != dns::kRcodeNoError && rcode != dns::kRcodeNxdomain)
    return unavailable(dns::rcode_text(rcode));
  ASSIGN_OR_RETURN(const ChainEnd end, follow(query, records->answers));
  Resolution found = records_at(end, query.type, records->answers);
  if (found.rdata.empty()) return read_negative(end, head, records->authorities);
  if (rcode == dns::kRcodeNxdomain) return unavailable("NXDOMAIN beside records");
  if (found.rdata.size() > kRecordsMax)
    return unavailable(found.rdata.size(), " records, which is more than ", kRecordsMax);
  return found;
}

}  // namespace signpost::upstream
