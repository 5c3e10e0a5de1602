// Pages of a zone's record sets, in canonical order of their owner names.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "dns/name.h"
#include "model/config.h"

namespace signpost::v1 {
class ListRecordSetsRequest;
class ListRecordSetsResponse;
}  // namespace signpost::v1

namespace signpost::control {

std::vector<dns::Name> sorted_owners(const model::Zone& zone);

// Keeps the order of the zone listed last, so that only the first page of a long list costs the
// whole of it.
class RecordSetList {
 public:
  absl::Status page(const model::ZonePtr& zone, const v1::ListRecordSetsRequest& request,
                    v1::ListRecordSetsResponse& out);

 private:
  using Owners = std::shared_ptr<const std::vector<dns::Name>>;
  Owners owners_of(const model::ZonePtr& zone);
  void forget(const model::ZonePtr& zone);

  std::mutex mutex_;
  model::ZonePtr zone_;
  Owners owners_;
};

}  // namespace signpost::control
