#include "server/responder.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "bpf/cookie.h"
#include "bpf/reply_header.h"
#include "dns/header_flags.h"
#include "dns/message_reader.h"
#include "policy/lookup.h"
#include "server/chaos.h"
#include "server/choice.h"
#include "server/query.h"
#include "server/reply_options.h"
#include "server/signature.h"
#include "server/synthesis.h"

namespace signpost::server {
namespace {

using dns::RRType;
using model::Variant;
using policy::Finding;
using policy::FindingKind;

// In their place in the header.
constexpr unsigned kOpcodeNotify = 4 << 11;
constexpr unsigned kOpcodeUpdate = 5 << 11;
constexpr auto kTypeMailb = static_cast<RRType>(253);
constexpr auto kTypeMaila = static_cast<RRType>(254);
constexpr std::uint16_t kClassChaos = 3;

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
  std::size_t size() const { return size_; }

 private:
  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
};

// What follows the question, in order.
struct Body {
  const Variant& variant;
  Octets soa;  // the variant's tail
  // What tells replies of this kind from others to a rate limit.
  std::uint64_t name_class = 0;
};

// One query on its way.
struct Exchange {
  const Serving& serving;
  const Client& client;
  std::span<std::uint8_t> out;
  Query query{};
  std::optional<guard_event> cookie{};
  bool zone_version = false;             // asked for
  bool pads = false;                     // the reply is to be padded
  std::string options{};                 // of the reply, besides those of both paths
  std::optional<Signature> signature{};  // of the query, if it has one
};

// Has the reply say so in an option, if the client knows EDNS.
void add_option(Exchange& exchange, const std::string& option) {
  if (exchange.query.fields.has_opt) exchange.options += option;
}

void put_subnet(Writer& writer, const Query& query) {
  const dns_query& fields = query.fields;
  writer.put16(EDNS_SUBNET);
  writer.put16(fields.subnet_length);
  const Octets subnet = query.message.subspan(fields.subnet, fields.subnet_length);
  writer.put(subnet.first(SUBNET_FIXED_OCTETS - 1));
  writer.put8(query.scope);
  writer.put(subnet.subspan(SUBNET_FIXED_OCTETS));
}

void put_cookie(Writer& writer, const Query& query) {
  writer.put16(EDNS_COOKIE);
  writer.put16(COOKIE_OCTETS);
  writer.put(query.message.subspan(query.fields.cookie, CLIENT_COOKIE_OCTETS));
  std::array<std::uint8_t, SERVER_COOKIE_OCTETS> octets;
  std::memcpy(octets.data(), &query.cookie, octets.size());
  writer.put(octets);
}

// The order of options is that of bpf/reply.h.
void put_opt(Writer& writer, const Exchange& exchange, unsigned rcode) {
  const dns_query& fields = exchange.query.fields;
  const guard& settings = exchange.serving.settings;
  writer.put8(0);
  writer.put16(DNS_TYPE_OPT);
  writer.put16(EDNS_UDP_SIZE);
  writer.put8(rcode >> 4);
  writer.put8(0);  // version
  writer.put16(fields.dnssec_ok ? 0x8000 : 0);
  writer.put16(static_cast<unsigned>(reply_opt_length(&fields, &settings) - OPT_FIXED_OCTETS +
                                     exchange.options.size()));
  if ((fields.options & QUERY_SUBNET) != 0) put_subnet(writer, exchange.query);
  if ((fields.options & QUERY_NSID) != 0) {
    writer.put16(EDNS_NSID);
    writer.put16(settings.nsid_length);
    writer.put(Octets(settings.nsid).first(settings.nsid_length));
  }
  if ((fields.options & QUERY_COOKIE) != 0) put_cookie(writer, exchange.query);
  writer.put(as_octets(exchange.options));
}

// What the limits make of a reply of `size` octets. Those over connections, and with a valid
// cookie, have none (RFC 7873 section 6).
LimitedReply limit(const Exchange& exchange, std::uint64_t name_class, std::size_t size) {
  const bool known = exchange.query.cookie_valid && exchange.query.fields.options & QUERY_COOKIE;
  if (exchange.client.transport != Transport::kUdp || known ||
      (exchange.serving.settings.flags & GUARD_LIMITS) == 0)
    return {};
  return limit_reply(
      exchange.serving.buckets, exchange.serving.settings, exchange.client.address,
      {.name_class = name_class, .query = exchange.query.message.size(), .reply = size},
      exchange.serving.now);
}

void write_reply(const Exchange& exchange, const Body& body, bool whole, Writer& writer) {
  const Query& query = exchange.query;
  const Variant& variant = body.variant;
  const unsigned opt_records = query.fields.has_opt ? 1 : 0;
  writer.put16(query.header.id);
  writer.put16(reply_flags(query.header.flags,
                           static_cast<std::uint16_t>((variant.authoritative ? VARIANT_AA : 0) |
                                                      (variant.rcode & VARIANT_RCODE_MASK))) |
               (whole ? 0 : DNS_TC));
  writer.put16(query.question.empty() ? 0 : 1);
  writer.put16(whole ? variant.ancount : 0);
  writer.put16(whole ? variant.nscount : 0);
  writer.put16((whole ? variant.arcount : 0) + opt_records);
  writer.put(query.question);
  if (whole) {
    writer.put(as_octets(variant.octets));
    writer.put(body.soa);
  }
  if (opt_records != 0) put_opt(writer, exchange, variant.rcode);
}

// Ends the reply to a query that is signed (RFC 8945 section 5.3).
void sign_reply(const Exchange& exchange, Writer& writer) {
  constexpr std::size_t kArcountAt = 10;
  const Octets reply = Octets(exchange.out).first(writer.size());
  const unsigned records = load16(reply, kArcountAt) + 1u;
  writer.put(as_octets(exchange.signature->reply_record(reply, exchange.serving.unix)));
  exchange.out[kArcountAt] = static_cast<std::uint8_t>(records >> 8);
  exchange.out[kArcountAt + 1] = static_cast<std::uint8_t>(records);
}

// Octets that the reply may take.
std::size_t size_max(const Exchange& exchange) {
  return exchange.client.transport == Transport::kUdp ? reply_size_max(&exchange.query.fields)
                                                      : kTcpReplyMax;
}

// Header, question, body, OPT, TSIG. What does not fit into the client's limit is left out whole,
// with TC set: a part of an RRset is worse than none, and a resolver comes back over TCP.
Reply render(Exchange& exchange, const Body& body) {
  const Query& query = exchange.query;
  const Variant& variant = body.variant;
  const std::size_t frame = DNS_HEADER_OCTETS + query.question.size() +
                            reply_opt_length(&query.fields, &exchange.serving.settings) +
                            exchange.options.size() +
                            (exchange.signature ? exchange.signature->reply_size() : 0);
  const std::size_t size = frame + variant.octets.size() + body.soa.size();
  const bool fits = size <= size_max(exchange);
  const LimitedReply limited = limit(exchange, body.name_class, fits ? size : frame);
  Reply reply{.rcode = variant.rcode,
              .qtype = query.question.empty() ? std::uint16_t{0} : query.fields.qtype,
              .cookie = exchange.cookie,
              .limit = limited.event};
  if (limited.fate == LimitedReply::Fate::kDrop) return reply;
  const bool whole = fits && limited.fate == LimitedReply::Fate::kSend;
  if (exchange.pads) add_option(exchange, padding_option(whole ? size : frame));
  Writer writer(exchange.out);
  write_reply(exchange, body, whole, writer);
  if (exchange.signature) sign_reply(exchange, writer);
  reply.size = writer.size();
  reply.truncated = !whole;
  reply.counter = whole ? variant.counter : 0;
  return reply;
}

Reply render_answer(Exchange& exchange, const Variant& variant, std::uint64_t name_class) {
  Body body{variant, {}, name_class};
  if (variant.tail != 0)
    body.soa = as_octets((*exchange.serving.table->zone_answers.find(variant.tail))->soa);
  return render(exchange, body);
}

// A reply without records, not authoritative. To a rate limit all of one code are alike.
Reply refuse(Exchange& exchange, Rcode rcode) {
  Variant variant;
  variant.authoritative = false;
  variant.rcode = static_cast<std::uint8_t>(rcode);
  if (rcode == Rcode::kBadVers) exchange.query.fields.options = 0;  // of another version
  return render(exchange, {variant, {}, variant.rcode});
}

const Signature* signature_of(const Exchange& exchange) {
  return exchange.signature ? &*exchange.signature : nullptr;
}

Rcode judge(Exchange& exchange, dns::Tsig tsig) {
  exchange.signature.emplace(exchange.query.message, std::move(tsig), exchange.serving.zones->keys,
                             exchange.serving.unix);
  return exchange.signature->is_good() ? Rcode::kNoError : Rcode::kNotAuth;
}

// Judges the signature of a query that has one (RFC 8945 section 5.2).
Rcode take_signature(Exchange& exchange) {
  const Query& query = exchange.query;
  if (!query.tsig) return Rcode::kNoError;
  std::optional<dns::Tsig> tsig = tsig_of(query.message, *query.tsig);
  return tsig ? judge(exchange, *std::move(tsig)) : Rcode::kFormErr;
}

// A message that is no query.
struct Request {
  dns::Question question;
  dns::MessageRecords records;
};

// Takes the parts of a request that a reply has, and its signature (RFC 2136 section 3.1).
Rcode take_parts(Exchange& exchange, const dns::MessageHead& head,
                 const dns::MessageRecords& records) {
  Query& query = exchange.query;
  query.question = query.message.subspan(DNS_HEADER_OCTETS, head.end - DNS_HEADER_OCTETS);
  for (std::size_t i = 0; i < records.additionals.size(); ++i) {
    const dns::MessageRecord& record = records.additionals[i];
    if (record.type == RRType::kOpt) {
      query.fields.has_opt = true;
      query.fields.udp_size = record.rclass;
    }
    if (record.type != RRType::kTsig) continue;
    std::optional<dns::Tsig> tsig = tsig_of(record);
    const bool is_last = i + 1 == records.additionals.size();
    return tsig && is_last ? judge(exchange, *std::move(tsig)) : Rcode::kFormErr;
  }
  return Rcode::kNoError;
}

// Reads the whole message; nothing if it is malformed, or `problem` says what is wrong with it.
std::optional<Request> read_request(Exchange& exchange, Octets message, Rcode& problem) {
  Query& query = exchange.query;
  read_header(message, query);
  const auto head = dns::read_message_head(as_text(message));
  if (!head.ok()) return std::nullopt;
  absl::StatusOr<dns::MessageRecords> records = dns::read_message_records(as_text(message), *head);
  if (!records.ok()) return std::nullopt;
  problem = take_parts(exchange, *head, *records);
  if (problem != Rcode::kNoError) return std::nullopt;
  return Request{head->question, *std::move(records)};
}

Reply answer_update(Exchange& exchange, Octets message) {
  Rcode problem = Rcode::kFormErr;
  std::optional<Request> request = read_request(exchange, message, problem);
  if (!request) return refuse(exchange, problem);
  auto read = read_update(exchange.query, request->question, std::move(request->records),
                          exchange.serving.zones, exchange.client, signature_of(exchange));
  if (const auto* refusal = std::get_if<Rcode>(&read)) return refuse(exchange, *refusal);
  Reply reply;
  reply.update = std::move(std::get<std::unique_ptr<UpdateRequest>>(read));
  return reply;
}

// Answers at once; what is to be done comes later (RFC 1996 section 3.7).
Reply answer_notify(Exchange& exchange, Octets message) {
  Rcode problem = Rcode::kFormErr;
  const std::optional<Request> request = read_request(exchange, message, problem);
  if (!request) return refuse(exchange, problem);
  auto read = read_notify(request->question, *exchange.serving.zones, exchange.client.address,
                          signature_of(exchange));
  if (const auto* refusal = std::get_if<Rcode>(&read)) return refuse(exchange, *refusal);
  Reply reply = render(exchange, {Variant(), {}, 0});
  reply.notified = std::move(std::get<NotifyReceipt>(read));
  return reply;
}

// Other opcodes: the header alone, with no flag but QR (RFC 8906 section 3.1.4).
Reply refuse_opcode(Exchange& exchange, Octets message) {
  Query& query = exchange.query;
  read_header(message, query);
  query.header.flags &= DNS_OPCODE_MASK;
  return refuse(exchange, Rcode::kNotImp);
}

// Judges the query's cookie, and has the one that answers it ready.
void take_cookie(Exchange& exchange) {
  Query& query = exchange.query;
  const dns_query& fields = query.fields;
  if ((fields.options & QUERY_COOKIE) == 0) return;
  const Octets octets = query.message.subspan(fields.cookie, fields.cookie_length);
  std::uint64_t client_cookie = 0;
  server_cookie received{};
  std::memcpy(&client_cookie, octets.data(), sizeof client_cookie);
  const bool has_server_cookie = octets.size() == COOKIE_OCTETS;
  if (has_server_cookie)
    std::memcpy(&received, octets.data() + CLIENT_COOKIE_OCTETS, sizeof received);
  const guard& settings = exchange.serving.settings;
  const auto client = words_of(exchange.client.address);
  query.cookie_valid = cookie_judge(
      &settings, client_cookie, has_server_cookie ? &received : nullptr, client.data(),
      is_ipv6(exchange.client.address), guard_time(&settings, exchange.serving.now), &query.cookie);
  exchange.cookie = query.cookie_valid                      ? GUARD_EVENT_COOKIE_VALID
                    : octets.size() == CLIENT_COOKIE_OCTETS ? GUARD_EVENT_COOKIE_FIRST
                                                            : GUARD_EVENT_COOKIE_INVALID;
}

// Judges the query's options, and has those that answer them ready.
Rcode take_options(Exchange& exchange) {
  dns_query& fields = exchange.query.fields;
  if (exchange.client.transport != Transport::kUdp && (fields.options & QUERY_KEEPALIVE) != 0)
    add_option(exchange, keepalive_option(exchange.client.idle_timeout));
  // Where anybody can read along there is nothing to hide (RFC 7830 section 6).
  exchange.pads =
      exchange.client.transport == Transport::kTls && (fields.options & QUERY_PADDING) != 0;
  exchange.zone_version = (fields.options & QUERY_ZONEVERSION) != 0;
  fields.options &= options_answered(&exchange.serving.settings);
  if (exchange.query.header.qdcount == 0 && (fields.options & QUERY_COOKIE) == 0)
    return Rcode::kFormErr;
  take_cookie(exchange);
  return Rcode::kNoError;
}

// What a well-formed query may not ask. Of the meta types only ANY is answered, and transfers (RFC
// 6895 section 3.1).
Rcode check_question(const dns_query& fields) {
  if (fields.qclass != DNS_CLASS_IN) return Rcode::kRefused;
  if (!type_is_meta(fields.qtype)) return Rcode::kNoError;
  const auto type = static_cast<RRType>(fields.qtype);
  if (type == RRType::kAny || type == RRType::kAxfr || type == RRType::kIxfr)
    return Rcode::kNoError;
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

// Why a query that could be read is refused (RFC 8914). Nothing where the rcode tells.
std::optional<ExtendedError> reason_of(Rcode problem, const dns_query& fields) {
  switch (problem) {
    case Rcode::kServFail:
      return ExtendedError::kNotReady;
    case Rcode::kNotImp:
      return ExtendedError::kNotSupported;
    case Rcode::kRefused:
      return fields.qclass == DNS_CLASS_IN ? ExtendedError::kProhibited
                                           : ExtendedError::kNotAuthoritative;
    case Rcode::kNotAuth:
      return ExtendedError::kNotAuthoritative;
    default:
      return std::nullopt;
  }
}

// `text`: for people.
Reply refuse_and_say_why(Exchange& exchange, Rcode problem, std::string_view text = {}) {
  if (const auto reason = reason_of(problem, exchange.query.fields))
    add_option(exchange, extended_error_option(*reason, text));
  return refuse(exchange, problem);
}

// What the server tells of itself; nothing where it keeps that to itself.
std::optional<Variant> answer_chaos(const Exchange& exchange) {
  const dns_query& fields = exchange.query.fields;
  const guard& settings = exchange.serving.settings;
  const auto type = static_cast<RRType>(fields.qtype);
  if (fields.qclass != kClassChaos || (settings.flags & GUARD_CHAOS) == 0) return std::nullopt;
  if (type != RRType::kTxt && type != RRType::kAny) return std::nullopt;
  return chaos_answer(*dns::Name::from_wire(exchange.query.qname()),
                      as_text(Octets(settings.nsid).first(settings.nsid_length)));
}

// Whatever gives replies of one kind in the table tells them from others.
std::uint64_t class_of(const void* source) { return reinterpret_cast<std::uintptr_t>(source); }

ReplyOutcome outcome_of(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kAnswer:
      return ReplyOutcome::kAnswer;
    case model::Outcome::kNodata:
      return ReplyOutcome::kNodata;
    case model::Outcome::kNxdomain:
      return ReplyOutcome::kNxdomain;
    case model::Outcome::kReferral:
      return ReplyOutcome::kReferral;
    case model::Outcome::kServfail:
      return ReplyOutcome::kServfail;
  }
  return ReplyOutcome::kError;
}

std::string opt_of(const Exchange& exchange) {
  if (!exchange.query.fields.has_opt) return {};
  std::vector<std::uint8_t> octets(
      reply_opt_length(&exchange.query.fields, &exchange.serving.settings) +
      exchange.options.size());
  Writer writer(octets);
  put_opt(writer, exchange, 0);
  return std::string(as_text(octets));
}

// The question as it is passed on, where no zone held answers it: its client asks for recursion,
// and a rule admits it. Null: not so.
std::unique_ptr<ForwardRequest> to_forward(const Exchange& exchange, FindingKind found) {
  const Query& query = exchange.query;
  const bool elsewhere = found == FindingKind::kOutOfZone || found == FindingKind::kReferral;
  const bool may_be = elsewhere && (query.header.flags & DNS_RD) != 0 && !exchange.signature;
  const forward::Rules& rules = exchange.serving.zones->forward_rules;
  if (!may_be || rules.empty()) return nullptr;
  dns::Name qname = *dns::Name::from_wire(query.qname());
  model::ForwardRulePtr rule = rules.find(qname, prefix_of(exchange.client.address));
  if (!rule) return nullptr;
  return std::make_unique<ForwardRequest>(ForwardRequest{
      .rule = std::move(rule),
      .question = {.name = std::move(qname),
                   .type = static_cast<RRType>(query.fields.qtype),
                   .dnssec_ok = query.fields.dnssec_ok != 0,
                   .checking_disabled = (query.header.flags & dns::kCheckingDisabled) != 0},
      .id = query.header.id,
      .flags = query.header.flags,
      .question_octets = std::string(as_text(query.question)),
      .opt = opt_of(exchange),
      .size_max = size_max(exchange)});
}

// The reply of `variant`, which `source` in the table gives.
Reply answer_found(Exchange& exchange, const Finding& finding, const Variant& variant,
                   const void* source, const Choice& choice) {
  const bool fails = variant.outcome == model::Outcome::kServfail;
  if (fails) add_option(exchange, extended_error_option(ExtendedError::kNotReady));
  if (exchange.zone_version && !fails)
    add_option(exchange, zone_version_options(*exchange.serving.table, finding.zone));
  exchange.query.scope = choice.scope();
  Reply reply = render_answer(exchange, variant, class_of(source));
  reply.locality = choice.locality();
  reply.outcome = outcome_of(variant.outcome);
  return reply;
}

Reply answer(Exchange& exchange, RRType qtype, SlotSource& slots) {
  const model::AnswerTable& table = *exchange.serving.table;
  const dns::Name qname = policy::seen_from(table.views->of(exchange.client.address),
                                            *dns::Name::from_wire(exchange.query.qname()), table);
  Choice choice(table, exchange.query, exchange.client.address, slots);
  const Finding finding = find(table, qname, qtype, choice);
  if (auto request = to_forward(exchange, finding.kind)) {
    Reply reply;
    reply.forward = std::move(request);
    return reply;
  }
  switch (finding.kind) {
    case FindingKind::kAnswer:
    case FindingKind::kReferral:
      return answer_found(exchange, finding, choice.take(*finding.answer), finding.answer, choice);
    case FindingKind::kNegative:
      return answer_found(exchange, finding, *finding.negative, finding.negative, choice);
    case FindingKind::kDname:
      return answer_found(exchange, finding, synthesise_dname(table, finding, qname, qtype, choice),
                          finding.dname, choice);
    case FindingKind::kOutOfZone:
      break;
  }
  add_option(exchange, extended_error_option(ExtendedError::kNotAuthoritative));
  return refuse(exchange, Rcode::kRefused);
}

// Transfers go over TCP; over UDP IXFR is answered by the SOA that there is now, which tells the
// client whether to come back over TCP (RFC 1995 section 2), and AXFR is not defined (RFC 5936
// section 4.2).
Reply answer_transfer(Exchange& exchange, SlotSource& slots) {
  auto read = read_transfer(exchange.query, exchange.serving.zones, exchange.client,
                            signature_of(exchange));
  if (const auto* refusal = std::get_if<TransferRefusal>(&read))
    return refuse_and_say_why(exchange, refusal->rcode, refusal->text);
  auto& request = std::get<std::unique_ptr<TransferRequest>>(read);
  if (exchange.client.transport != Transport::kUdp) {
    request->pads = exchange.pads;
    Reply reply;
    reply.transfer = std::move(request);
    return reply;
  }
  return request->serial ? answer(exchange, RRType::kSoa, slots)
                         : refuse_and_say_why(exchange, Rcode::kRefused);
}

}  // namespace

std::string_view to_text(ReplyOutcome outcome) {
  constexpr std::array<std::string_view, kReplyOutcomes> kTexts = {
      "answer", "nodata", "nxdomain", "referral", "servfail", "error"};
  return kTexts[static_cast<std::size_t>(outcome)];
}

Reply respond(const Serving& serving, Octets message, const Client& client, SlotSource& slots,
              std::span<std::uint8_t> out) {
  if (message.size() < DNS_HEADER_OCTETS || (load16(message, 2) & DNS_QR) != 0) return {};
  Exchange exchange{serving, client, out};
  const unsigned opcode = load16(message, 2) & DNS_OPCODE_MASK;
  if (opcode == kOpcodeUpdate) return answer_update(exchange, message);
  if (opcode == kOpcodeNotify) return answer_notify(exchange, message);
  if (opcode != 0) return refuse_opcode(exchange, message);
  Query& query = exchange.query;
  Rcode problem = read_query(message, query);
  if (problem == Rcode::kNoError) problem = take_options(exchange);
  if (problem != Rcode::kNoError) {
    query.fields.options &= QUERY_SUBNET;
    return refuse(exchange, problem);
  }
  problem = take_signature(exchange);
  if (problem != Rcode::kNoError) return refuse(exchange, problem);
  if (query.header.qdcount == 0) return refuse(exchange, Rcode::kNoError);
  if (const auto chaos = answer_chaos(exchange)) return render(exchange, {*chaos, {}, 0});
  problem = check_question(query.fields);
  if (problem == Rcode::kNoError && serving.table == nullptr) problem = Rcode::kServFail;
  if (problem != Rcode::kNoError) return refuse_and_say_why(exchange, problem);
  if (asks_for_transfer(query)) return answer_transfer(exchange, slots);
  return answer(exchange, static_cast<RRType>(query.fields.qtype), slots);
}

}  // namespace signpost::server
