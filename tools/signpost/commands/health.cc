#include <algorithm>

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
std::string dependents_text(const v1::ListHealthResponse::Item& item) {
  constexpr int kShown = 3;
  const auto first = item.dependents().begin();
  const int shown = std::min(item.dependents_size(), kShown);
  if (shown == 0) return "-";
  const std::string names = absl::StrJoin(first, first + shown, ", ");
  const std::uint64_t more = item.dependent_count() - static_cast<std::uint64_t>(shown);
  return more == 0 ? names : absl::StrCat(names, " and ", more, " more");
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
                   item.target(), item.last_result(), dependents_text(item)});
  session.out << (table.empty() ? std::string("no health checks\n") : table.text());
  return kDone;
}

}  // namespace signpost::cli
