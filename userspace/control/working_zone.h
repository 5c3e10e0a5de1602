// A zone on its way from what is held to what a message makes of it, record by record.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::control {

// Two RDATA are the same if they are equal but for the case of names.
std::string comparable(dns::RRType type, std::string rdata);

// The same of all records of an RRset, sorted.
std::vector<std::string> all_comparable(dns::RRType type, const model::RdataList& all);

// The zone with the changes so far.
class WorkingZone {
 public:
  // `zone` must outlive it.
  explicit WorkingZone(const model::Zone& zone) : zone_(zone) {}

  const dns::Name& apex() const { return zone_.apex; }

  // The records of (owner, type), or null.
  const model::RecordGroup* group(const dns::Name& owner, dns::RRType type) const;

  // The types with records at `owner`.
  std::vector<dns::RRType> types(const dns::Name& owner) const;

  // Makes `set` the records of (owner, type); without RDATA there are none.
  void put(const dns::Name& owner, dns::RRType type, model::RecordSet set);

  // The changes as a whole.
  std::vector<model::Change> changes() const;

 private:
  const model::Zone& zone_;
  // Null: none are left.
  std::map<std::pair<dns::Name, dns::RRType>, std::shared_ptr<model::RecordGroup>> changed_;
};

}  // namespace signpost::control
