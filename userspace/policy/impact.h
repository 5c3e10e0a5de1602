// Who would get another answer: two answer tables compared, by what their answers send clients to.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "policy/clients.h"
#include "policy/endpoint.h"
#include "policy/lookup.h"

namespace signpost::policy {

// What each class of clients gets for one question.
struct SharesByClass {
  model::PartitionPtr partition;  // null: all clients are in class 0
  std::vector<Shares> classes;    // the shares of each add up to 1
};

// As a finding has it for a question; `finding` may have no answer.
SharesByClass shares_by_class(const Finding& finding, const dns::Name& qname, dns::RRType qtype,
                              const ReadRecords& read);
SharesByClass shares_by_class(const model::Answer& answer, const dns::Name& qname,
                              dns::RRType qtype, const ReadRecords& read);

// Of all clients; the shares add up to 1.
struct Moved {
  Shares before;
  Shares after;
  double share = 0;  // of answers that are other ones; a set's new name alone changes none
};
// `clients`, whose total is above 0, must be located by the localities that the partitions are of.
Moved compare(const SharesByClass& before, const SharesByClass& after, Clients& clients);

struct AnswerImpact {
  dns::Name name;
  dns::RRType type{};
  Moved moved;
};

struct Impact {
  std::vector<AnswerImpact> answers;  // of which some moved, in order of name and type
  // Questions that were answered by nobody, and would be: listed nowhere.
  std::size_t added = 0;
};

// For the names that may differ, which TableChange::names lists; work grows with them. SOA records,
// whose serial every change moves, are not looked at.
Impact impact(const model::AnswerTable& before, const model::AnswerTable& after,
              const std::vector<dns::Name>& names, Clients& clients, const ReadRecords& read);

// The endpoints of all these answers, each question counting alike and each record of an answer its
// part: records and outcomes instead of set identifiers, which are of one question only.
Moved total(const std::vector<AnswerImpact>& answers);

}  // namespace signpost::policy
