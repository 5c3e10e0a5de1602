#include "signpost/failover_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {

std::string failover_text(const v1::FailoverTime& time) {
  return absl::StrCat(
      "within ", time.total_seconds(), " s at worst: check ", time.health_check_id(),
      " notices within ", time.detection_milliseconds() / 1000.0, " s, published in ",
      time.publishing_milliseconds() / 1000.0, " s, TTL ", time.ttl_seconds(), " s");
}

void print_failover_times(Session& session,
                          const google::protobuf::RepeatedPtrField<v1::FailoverTime>& times) {
  constexpr int kShown = 10;
  const int shown = std::min(times.size(), kShown);
  if (shown == 0) return;
  session.out << "\n"
              << session.paint(Colour::kBold, "From a failure until the last client has moved")
              << "\n";
  for (int i = 0; i < shown; ++i) {
    const v1::FailoverTime& time = times[i];
    session.out << "  " << time.name() << " " << time.type() << "  " << failover_text(time) << "\n";
  }
  if (shown < times.size())
    session.out << "  … and " << times.size() - shown << " more, none longer\n";
}

}  // namespace signpost::cli
