// One call of ChangeRecordSets: single changes of one zone, checked in their order, made as one
// batch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/memory_budget.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::v1 {
class ChangeRecordSetsRequest;
class RecordSetChange;
}  // namespace signpost::v1

namespace signpost::control {

class RecordSetChanges {
 public:
  RecordSetChanges();
  ~RecordSetChanges();

  // One message of the stream.
  absl::Status add(const v1::ChangeRecordSetsRequest& request);

  model::ConfigGeneration expected_generation() const { return expected_generation_; }
  const std::string& comment() const { return comment_; }

  // The changes against what runs (route53-semantics 3.4): a change sees those before it.
  absl::StatusOr<model::ChangeBatch> batch(const model::Config& running) const;

 private:
  model::ConfigGeneration expected_generation_ = 0;
  std::string comment_;
  std::string zone_;
  bool begun_ = false;
  MemoryBudget memory_;
  std::vector<v1::RecordSetChange> changes_;
};

}  // namespace signpost::control
