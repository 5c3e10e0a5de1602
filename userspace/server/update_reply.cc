#include "server/update_reply.h"

#include "dns/octets.h"
#include "server/reply_parts.h"

namespace signpost::server {

DeferredReply::Part UpdateReply::produce(std::uint64_t now) {
  const Rcode rcode = updater_ ? updater_(request_->update) : Rcode::kNotImp;
  std::string message = header_of({.id = request_->id,
                                   .flags = request_->flags,
                                   .rcode = static_cast<unsigned>(rcode),
                                   .additionals = request_->has_opt ? 1u : 0u});
  message += request_->question;
  if (request_->has_opt) message += opt_record();
  message += request_->signature.reply_record(as_octets(message), now);
  constexpr std::size_t kArcountAt = 10;
  dns::store_u16(message, kArcountAt, dns::load_u16(message, kArcountAt) + 1u);
  Part part{.ends = true};
  append_framed(message, part.octets);
  return part;
}

}  // namespace signpost::server
