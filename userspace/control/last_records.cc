#include "control/last_records.h"

#include <optional>
#include <utility>

#include "control/reply_message.h"
#include "dns/rdata.h"
#include "server/record_reader.h"

namespace signpost::control {

std::vector<std::string> last_records(const model::Variant& variant, const dns::Name& qname,
                                      dns::RRType qtype) {
  const ReplyMessage message = reply_message(variant, qname, qtype);
  const server::Octets octets = server::as_octets(message.octets);
  std::size_t at = message.records_at;
  std::vector<std::string> last;
  std::optional<std::pair<dns::Name, dns::RRType>> rrset;
  for (std::uint16_t i = 0; i < variant.ancount; ++i) {
    const std::optional<server::Record> record = server::read_record(octets, at);
    if (!record) break;
    const std::optional<dns::Name> owner = server::read_name(octets, record->owner_at);
    const std::optional<std::string> rdata = server::expanded_rdata(octets, *record);
    if (!owner || !rdata) break;
    if (rrset != std::pair(*owner, record->type)) last.clear();
    rrset = {*owner, record->type};
    last.push_back(dns::format_rdata(record->type, *rdata));
    at = record->end();
  }
  return last;
}

}  // namespace signpost::control
