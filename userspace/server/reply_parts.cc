#include "server/reply_parts.h"

#include "bpf/abi.h"
#include "bpf/reply_header.h"
#include "dns/octets.h"

namespace signpost::server {

std::string opt_record(const std::string& options) {
  std::string record(1, '\0');
  dns::append_u16(record, DNS_TYPE_OPT);
  dns::append_u16(record, EDNS_UDP_SIZE);
  record.append(4, '\0');  // extended RCODE, version, flags
  dns::append_u16(record, static_cast<std::uint16_t>(options.size()));
  return record + options;
}

std::string header_of(const ReplyHead& head) {
  const auto variant_flags =
      static_cast<std::uint16_t>((head.authoritative ? VARIANT_AA : 0u) | head.rcode);
  std::string octets;
  dns::append_u16(octets, head.id);
  dns::append_u16(octets, reply_flags(head.flags, variant_flags));
  dns::append_u16(octets, 1);  // question
  dns::append_u16(octets, head.answers);
  dns::append_u16(octets, 0);  // authority
  dns::append_u16(octets, head.additionals);
  return octets;
}

void append_framed(const std::string& message, std::vector<std::uint8_t>& out) {
  out.push_back(static_cast<std::uint8_t>(message.size() >> 8));
  out.push_back(static_cast<std::uint8_t>(message.size()));
  out.insert(out.end(), message.begin(), message.end());
}

}  // namespace signpost::server
