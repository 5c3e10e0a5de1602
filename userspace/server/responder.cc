#include "server/responder.h"

#include <algorithm>
#include <cstring>

#include "bpf/reply_header.h"
#include "policy/lookup.h"
#include "server/choice.h"
#include "server/query.h"
#include "server/synthesis.h"

namespace signpost::server {
namespace {

using dns::RRType;
using model::Variant;
using policy::Finding;
using policy::FindingKind;

constexpr auto kTypeMailb = static_cast<RRType>(253);
constexpr auto kTypeMaila = static_cast<RRType>(254);
constexpr std::uint16_t kTsigBadKey = 17;

// Appends octets to a buffer that has room for them.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> out) : out_(out) {}

  void put(Octets octets) {
    if (octets.empty()) return;
    std::memcpy(&out_[size_], octets.data(), octets.size());
    size_ += octets.size();
  }
  void put8(unsigned value) { out_[size_++] = static_cast<std::uint8_t>(value); }
  void put16(unsigned value) {
    put8(value >> 8);
    put8(value);
  }
  void put32(std::uint32_t value) {
    put16(value >> 16);
    put16(value);
  }
  std::size_t size() const { return size_; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
};

// What follows the question, in order.
struct Body {
  const Variant& variant;
  Octets soa;   // the variant's tail
  Octets tsig;  // the last record of all
};

void put_opt(Writer& writer, const Query& query, unsigned rcode) {
  const dns_query& fields = query.fields;
  writer.put8(0);
  writer.put16(DNS_TYPE_OPT);
  writer.put16(EDNS_UDP_SIZE);
  writer.put8(rcode >> 4);
  writer.put8(0);  // version
  writer.put16(fields.dnssec_ok ? 0x8000 : 0);
  writer.put16(reply_opt_length(&fields) - OPT_FIXED_OCTETS);
  if ((fields.options & QUERY_SUBNET) == 0) return;
  writer.put16(EDNS_SUBNET);
  writer.put16(fields.subnet_length);
  const Octets subnet = query.message.subspan(fields.subnet, fields.subnet_length);
  writer.put(subnet.first(SUBNET_FIXED_OCTETS - 1));
  writer.put8(query.scope);
  writer.put(subnet.subspan(SUBNET_FIXED_OCTETS));
}

// Header, question, body, OPT, TSIG. What does not fit into the client's limit is left out whole,
// with TC set: a part of an RRset is worse than none, and a resolver comes back over TCP.
Reply render(const Query& query, const Body& body, Transport transport,
             std::span<std::uint8_t> out) {
  const Variant& variant = body.variant;
  const std::size_t limit =
      transport == Transport::kUdp ? reply_size_max(&query.fields) : kTcpReplyMax;
  const std::size_t frame =
      DNS_HEADER_OCTETS + query.question.size() + reply_opt_length(&query.fields);
  const bool fits = frame + variant.octets.size() + body.soa.size() + body.tsig.size() <= limit;
  const unsigned opt_records = query.fields.has_opt ? 1 : 0;
  const unsigned tsig_records = body.tsig.empty() ? 0 : 1;

  Writer writer(out);
  writer.put16(query.fields.id);
  writer.put16(reply_flags(query.fields.flags,
                           static_cast<std::uint16_t>((variant.authoritative ? VARIANT_AA : 0) |
                                                      (variant.rcode & VARIANT_RCODE_MASK))) |
               (fits ? 0 : DNS_TC));
  writer.put16(query.question.empty() ? 0 : 1);
  writer.put16(fits ? variant.ancount : 0);
  writer.put16(fits ? variant.nscount : 0);
  writer.put16((fits ? variant.arcount + tsig_records : 0) + opt_records);
  writer.put(query.question);
  if (fits) {
    writer.put(as_octets(variant.octets));
    writer.put(body.soa);
  }
  if (opt_records != 0) put_opt(writer, query, variant.rcode);
  if (fits) writer.put(body.tsig);
  return {.size = writer.size(),
          .rcode = variant.rcode,
          .truncated = !fits,
          .counter = fits ? variant.counter : 0};
}

Reply render_answer(const model::AnswerTable& table, const Query& query, const Variant& variant,
                    Transport transport, std::span<std::uint8_t> out) {
  if (variant.tail == 0) return render(query, {variant, {}, {}}, transport, out);
  const model::ZoneAnswersPtr* zone = table.zone_answers.find(variant.tail);
  return render(query, {variant, as_octets((*zone)->soa), {}}, transport, out);
}

// The record that tells that the key of the query's TSIG is not known: its name and algorithm, no
// MAC (RFC 8945 section 5.3.2). Nothing if the query's is malformed.
std::string bad_key(const Query& query) {
  const auto key = read_name(query.message, query.tsig->owner_at);
  const auto algorithm = read_name(query.message, query.tsig->rdata_at);
  const auto fixed = skip_name(query.message, query.tsig->rdata_at);
  constexpr std::size_t kTimeAndFudge = 8;
  if (!key || !algorithm || *fixed + kTimeAndFudge + 2 > query.tsig->end()) return {};
  std::array<std::uint8_t, 1024> buffer;
  Writer writer(buffer);
  writer.put(as_octets(key->wire()));
  writer.put16(static_cast<unsigned>(query.tsig->type));
  writer.put16(query.tsig->rclass);
  writer.put32(0);  // TTL
  writer.put16(static_cast<unsigned>(algorithm->wire().size() + kTimeAndFudge + 8));
  writer.put(as_octets(algorithm->wire()));
  writer.put(query.message.subspan(*fixed, kTimeAndFudge));
  writer.put16(0);  // MAC size
  writer.put16(query.fields.id);
  writer.put16(kTsigBadKey);
  writer.put16(0);  // length of other data
  return std::string(as_text(Octets(buffer).first(writer.size())));
}

// A reply without records, not authoritative.
Reply refuse(Query& query, Rcode rcode, Transport transport, std::span<std::uint8_t> out) {
  Variant variant;
  variant.authoritative = false;
  variant.rcode = static_cast<std::uint8_t>(rcode);
  if (rcode == Rcode::kBadVers) query.fields.options = 0;  // of another version
  if (rcode != Rcode::kNotAuth) return render(query, {variant, {}, {}}, transport, out);
  const std::string tsig = bad_key(query);
  if (tsig.empty()) variant.rcode = static_cast<std::uint8_t>(Rcode::kFormErr);
  return render(query, {variant, {}, as_octets(tsig)}, transport, out);
}

// Other opcodes: the header alone, with no flag but QR (RFC 8906 section 3.1.4).
Reply refuse_opcode(Octets message, Transport transport, std::span<std::uint8_t> out) {
  Query query;
  query.message = message;
  query.fields.id = load16(message, 0);
  query.fields.flags = load16(message, 2) & DNS_OPCODE_MASK;
  return refuse(query, Rcode::kNotImp, transport, out);
}

// What a well-formed query may not ask. Transfers are refused, as none is configured; of the other
// meta types only ANY is answered (RFC 6895 section 3.1).
Rcode check_question(const dns_query& fields) {
  if (fields.qclass != DNS_CLASS_IN) return Rcode::kRefused;
  if (!type_is_meta(fields.qtype)) return Rcode::kNoError;
  const auto type = static_cast<RRType>(fields.qtype);
  if (type == RRType::kAny) return Rcode::kNoError;
  if (type == RRType::kAxfr || type == RRType::kIxfr) return Rcode::kRefused;
  return type == kTypeMaila || type == kTypeMailb ? Rcode::kNotImp : Rcode::kFormErr;
}

Finding find(const model::AnswerTable& table, const dns::Name& qname, RRType qtype,
             Choice& choice) {
  if (qtype == RRType::kAny) {
    Finding any = find_any(table, qname, choice);
    if (any.kind != FindingKind::kOutOfZone) return any;
  }
  return policy::find(table, qname, qtype);
}

}  // namespace

Reply respond(const model::AnswerTable* table, Octets message, const Client& client,
              SlotSource& slots, std::span<std::uint8_t> out) {
  if (message.size() < DNS_HEADER_OCTETS || (load16(message, 2) & DNS_QR) != 0) return {};
  if ((load16(message, 2) & DNS_OPCODE_MASK) != 0)
    return refuse_opcode(message, client.transport, out);
  Query query;
  Rcode problem = read_query(message, query);
  if (problem == Rcode::kNoError) problem = check_question(query.fields);
  if (problem == Rcode::kNoError && table == nullptr) problem = Rcode::kServFail;
  if (problem != Rcode::kNoError) return refuse(query, problem, client.transport, out);

  const auto qname = dns::Name::from_wire(query.qname());
  const auto qtype = static_cast<RRType>(query.fields.qtype);
  Choice choice(*table, query, client.address, slots);
  const Finding finding = find(*table, *qname, qtype, choice);
  Variant synthesised;
  const Variant* variant = nullptr;
  switch (finding.kind) {
    case FindingKind::kAnswer:
    case FindingKind::kReferral:
      variant = &choice.take(*finding.answer);
      break;
    case FindingKind::kNegative:
      variant = finding.negative;
      break;
    case FindingKind::kDname:
      synthesised = synthesise_dname(*table, finding, *qname, qtype, choice);
      variant = &synthesised;
      break;
    case FindingKind::kOutOfZone:
      return refuse(query, Rcode::kRefused, client.transport, out);
  }
  query.scope = choice.scope();
  Reply reply = render_answer(*table, query, *variant, client.transport, out);
  reply.locality = choice.locality();
  return reply;
}

}  // namespace signpost::server
