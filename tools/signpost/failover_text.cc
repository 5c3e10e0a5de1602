#include "signpost/failover_text.h"

#include "absl/strings/str_cat.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {

std::string failover_text(const v1::FailoverTime& time) {
  return absl::StrCat(
      "within ", time.total_seconds(), " s at worst: check ", time.health_check_id(),
      " notices within ", time.detection_milliseconds() / 1000.0, " s, published in ",
      time.publishing_milliseconds() / 1000.0, " s, TTL ", time.ttl_seconds(), " s");
}

}  // namespace signpost::cli
