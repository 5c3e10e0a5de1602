#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "signpost/commands/read.h"
#include "signpost/pages.h"
#include "signpost/table.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

std::string status_text(v1::HealthStatus status) {
  switch (status) {
    case v1::HEALTHY:
      return "healthy";
    case v1::UNHEALTHY:
      return "unhealthy";
    default:
      return "unknown";
  }
}

// The first few, and how many more there are.
std::string dependents_text(const google::protobuf::RepeatedPtrField<std::string>& dependents) {
  constexpr int kShown = 3;
  if (dependents.empty()) return "-";
  if (dependents.size() <= kShown) return absl::StrJoin(dependents, ", ");
  return absl::StrCat(absl::StrJoin(dependents.begin(), dependents.begin() + kShown, ", "), " and ",
                      dependents.size() - kShown, " more");
}

}  // namespace

absl::StatusOr<int> health(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto response,
                   all_pages(session.client, &Client::list_health, v1::ListHealthRequest()));
  if (format != Format::kTable) {
    session.print(format, response);
    return kDone;
  }
  Table table({{"HEALTH CHECK"},
               {"STATUS"},
               {"SINCE"},
               {"FLIPS", Align::kRight},
               {"PROBES", Align::kRight},
               {"FAILURES", Align::kRight},
               {"LATENCY", Align::kRight},
               {"TARGET"},
               {"LAST RESULT"},
               {"DEPENDENTS"}});
  for (const auto& item : response.items())
    table.add_row({item.id(), status_text(item.status()), format_time(item.since()),
                   absl::StrCat(item.flips()), absl::StrCat(item.probes()),
                   absl::StrCat(item.failures()), absl::StrCat(item.latency_milliseconds(), " ms"),
                   item.target(), item.last_result(), dependents_text(item.dependents())});
  session.out << (table.empty() ? std::string("no health checks\n") : table.text());
  return kDone;
}

}  // namespace signpost::cli
