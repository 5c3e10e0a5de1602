#include "control/reply_message.h"

namespace signpost::control {
namespace {

constexpr std::size_t kHeaderOctets = 12;

}  // namespace

ReplyMessage reply_message(const model::Variant& variant, const dns::Name& qname,
                           dns::RRType qtype) {
  ReplyMessage message;
  message.octets.assign(kHeaderOctets, '\0');
  message.octets += qname.wire();
  const auto type = static_cast<std::uint16_t>(qtype);
  message.octets += {static_cast<char>(type >> 8), static_cast<char>(type & 0xff), '\0', '\1'};
  message.records_at = message.octets.size();
  message.octets += variant.octets;
  return message;
}

}  // namespace signpost::control
