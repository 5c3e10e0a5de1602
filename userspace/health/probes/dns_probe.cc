#include "health/probes/dns_probe.h"

#include <algorithm>
#include <utility>

#include "dns/message_reader.h"
#include "dns/rcode.h"
#include "dns/rdata.h"

namespace signpost::health {
namespace {

const model::DnsProbe& probe_of(const ProbeRequest& request) {
  return std::get<model::DnsProbe>(request.check->kind);
}

// Whether the answer has `rdata`, as the model has it: names in lower case.
bool has_record(const dns::MessageRecords& records, dns::RRType type, const std::string& rdata) {
  return std::any_of(records.answers.begin(), records.answers.end(),
                     [&](const dns::MessageRecord& record) {
                       if (record.type != type || record.rclass != dns::kClassIn) return false;
                       std::string folded = record.rdata;
                       dns::fold_names_in_rdata(type, folded);
                       return folded == rdata;
                     });
}

}  // namespace

DnsProbeRun::DnsProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                         const ProbeRequest& request, OnProbeResult on_result)
    : TargetedProbe(io, settings, request, probe_of(request).target, std::move(on_result)),
      probe_(probe_of(request)) {}

// The exchange has a limit of its own for each transport.
void DnsProbeRun::set_limit() {
  const std::chrono::milliseconds limit = limits().dns_reply;
  arm(3 * limit, "no DNS reply from " + endpoint() + " within " + duration_text(3 * limit));
}

void DnsProbeRun::on_address(const std::string& address) {
  cancel_exchange_ = upstream::start_exchange(
      io(), {address, target().port},
      upstream::make_query({probe_.name, probe_.type}, upstream::random_secret()),
      limits().dns_reply, [self = keep(this)](const upstream::ExchangeResult& result) {
        self->cancel_exchange_ = nullptr;
        if (self->goes_on()) self->on_exchanged(result);
      });
}

void DnsProbeRun::on_exchanged(const upstream::ExchangeResult& result) {
  if (result.reply.empty()) return fail(std::string(result.resolution.status().message()));
  judge(result.reply);
}

void DnsProbeRun::judge(const std::string& reply) {
  const auto head = dns::read_message_head(reply);
  if (!head.ok()) return fail("malformed DNS reply from " + endpoint());
  const auto records = dns::read_message_records(reply, *head);
  if (!records.ok())
    return fail("malformed DNS reply from " + endpoint() + ": " +
                std::string(records.status().message()));
  const unsigned rcode = dns::full_rcode(*head, *records);
  const std::string seen = dns::rcode_text(rcode) + " from " + endpoint();
  step(seen + ", " + std::to_string(records->answers.size()) + " records in the answer");
  if (rcode != probe_.expected_rcode)
    return fail(seen + ", not " + dns::rcode_text(probe_.expected_rcode));
  for (const std::string& rdata : probe_.expected_rdata) {
    if (!has_record(*records, probe_.type, rdata))
      return fail(seen + ", but without " + dns::to_text(probe_.type) + " " +
                  dns::format_rdata(probe_.type, rdata));
  }
  succeed(seen);
}

void DnsProbeRun::give_up() {
  if (const auto cancel = std::exchange(cancel_exchange_, nullptr)) cancel();
}

}  // namespace signpost::health
