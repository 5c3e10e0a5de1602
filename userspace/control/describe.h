// Changes and replies in words, for people.
#pragma once

#include <string>
#include <vector>

#include "control/delta.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::v1 {
class PlanResponse;
}

namespace signpost::control {

std::string describe(const model::HealthCheck& check);
std::string describe(const model::CidrCollection& collection);
std::string describe(const model::Coordinates& coordinates);
std::string describe(const model::Place& place);
std::string describe(const model::PlaceOverride& place);
std::string describe(const model::TrafficPolicy& policy);
std::string describe(const model::NoticeReceiver& receiver);
std::string describe(const model::Guard& guard);
std::string describe(const model::TsigKey& key);
std::string describe(const model::ZoneAccess& access);
std::string describe(const model::View& view);
std::string describe(const model::ForwardRule& rule);
std::string describe(const model::SecondaryZone& secondary);

// One line: "60 A 192.0.2.1, 192.0.2.2; weight 50; health check primary".
std::string describe(const model::RecordGroup& group, std::size_t set);

// Fills summary and changes, in the order of zones and owner names. Lists as many changes as a
// message can hold and tells the number of others in a warning.
void describe(const Deltas& deltas, v1::PlanResponse& out);

// The records of a reply in presentation format, by section.
struct ReplyText {
  std::vector<std::string> answer;
  std::vector<std::string> authority;
  std::vector<std::string> additional;
};
ReplyText reply_text(const model::AnswerTable& table, const model::Variant& variant,
                     const dns::Name& qname, dns::RRType qtype);

}  // namespace signpost::control
