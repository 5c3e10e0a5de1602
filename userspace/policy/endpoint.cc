#include "policy/endpoint.h"

#include <algorithm>

namespace signpost::policy {

std::string_view outcome_text(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kAnswer:
      return "ANSWER";
    case model::Outcome::kNodata:
      return "NODATA";
    case model::Outcome::kNxdomain:
      return "NXDOMAIN";
    case model::Outcome::kReferral:
      return "REFERRAL";
    case model::Outcome::kServfail:
      return "SERVFAIL";
  }
  return "";
}

Endpoint endpoint_of(const model::Variant& variant, const dns::Name& qname, dns::RRType qtype,
                     const ReadRecords& read) {
  Endpoint endpoint{std::string(outcome_text(variant.outcome)), variant.choice, {}};
  if (variant.outcome == model::Outcome::kAnswer) endpoint.records = read(variant, qname, qtype);
  std::sort(endpoint.records.begin(), endpoint.records.end());
  return endpoint;
}

Shares shares_of(const model::Answer& answer, const dns::Name& qname, dns::RRType qtype,
                 const ReadRecords& read) {
  std::vector<double> parts(answer.variants.size(), 0);
  if (answer.slots().empty()) parts[0] = 1;
  const double slot = 1.0 / static_cast<double>(std::max<std::size_t>(1, answer.slots().size()));
  for (const std::uint16_t variant : answer.slots()) parts[variant] += slot;
  Shares shares;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] > 0) shares[endpoint_of(answer.variants[i], qname, qtype, read)] += parts[i];
  }
  return shares;
}

Endpoint endpoint_without_answer(const Finding& finding) {
  switch (finding.kind) {
    case FindingKind::kNegative:
      return {std::string(outcome_text(finding.negative->outcome)), "", {}};
    case FindingKind::kDname:
      return {"DNAME", "", {finding.dname->dname_target->text()}};
    default:
      return {"REFUSED", "", {}};
  }
}

void add_shares(const Shares& more, double factor, Shares& shares) {
  for (const auto& [endpoint, share] : more) shares[endpoint] += factor * share;
}

}  // namespace signpost::policy
