#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "signpost/commands/read.h"
#include "signpost/commands/show.h"
#include "signpost/config_reader.h"
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

void line(Session& session, const std::string& name, const std::string& text) {
  if (!text.empty())
    session.out << "  " << name << std::string(16 - name.size(), ' ') << printable(text) << "\n";
}

void print_item(Session& session, const v1::ListHealthResponse::Item& item) {
  session.out << item.id() << ": " << status_text(item.status()) << "\n";
  line(session, "since", format_time(item.since()));
  line(session, "kind", item.kind());
  line(session, "target", item.target());
  line(session, "tags", absl::StrJoin(item.tags(), ","));
  line(session, "last result",
       item.last_result().empty()
           ? "none since the start"
           : absl::StrCat(item.last_result(),
                          item.has_last_probe() ? ", at " + format_time(item.last_probe()) : ""));
  if (!item.last_failure().empty())
    line(session, "last failure",
         absl::StrCat(item.last_failure(), ", at ", format_time(item.last_failure_time())));
  if (item.probes() > 0)
    line(session, "probes",
         absl::StrCat(item.probes(), ", of which ", item.failures(), " failed, ", item.flips(),
                      " flips, last latency ", item.latency_milliseconds(), " ms"));
  if (item.has_certificate_expires())
    line(session, "certificate",
         absl::StrCat("expires ", format_time(item.certificate_expires()),
                      item.certificate_expires_soon() ? ", which is soon" : ""));
  const std::uint64_t more =
      item.dependent_count() - static_cast<std::uint64_t>(item.dependents_size());
  line(session, "dependents",
       item.dependents_size() == 0
           ? "none"
           : absl::StrCat(absl::StrJoin(item.dependents(), ", "),
                          more == 0 ? "" : absl::StrCat(" and ", more, " more")));
}

absl::StatusOr<v1::HealthCheck> check_in_files(const HealthArguments& arguments) {
  ASSIGN_OR_RETURN(const LoadedConfig loaded, load_config(arguments.files));
  for (const v1::HealthCheck& check : loaded.config.health_checks())
    if (check.id() == arguments.check) return check;
  return not_found("health check ", arguments.check, " is not in the files");
}

}  // namespace

absl::StatusOr<int> health(Session& session, const SelectedArguments& arguments) {
  v1::ListHealthRequest request;
  request.set_selector(arguments.selector);
  ASSIGN_OR_RETURN(const auto response,
                   all_pages(session.client, &Client::list_health, std::move(request)));
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, response);
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
  if (response.has_prober_blind_since())
    session.warn(std::vector<std::string>{
        absl::StrCat("most targets failed at once: the prober suspects itself since ",
                     format_time(response.prober_blind_since()), " and holds the last health")});
  for (const auto& item : response.items()) {
    if (item.certificate_expires_soon())
      session.warn(std::vector<std::string>{absl::StrCat("the certificate at ", item.target(),
                                                         " (health check ", item.id(), ") expires ",
                                                         format_time(item.certificate_expires()))});
    table.add_row({item.id(), status_text(item.status()), format_time(item.since()),
                   absl::StrCat(item.flips()), absl::StrCat(item.probes()),
                   absl::StrCat(item.failures()),
                   item.probes() == 0 ? "-" : absl::StrCat(item.latency_milliseconds(), " ms"),
                   item.target(), or_dash(item.last_result()), dependents_text(item)});
  }
  session.out << (table.empty() ? std::string("no health checks\n") : table.text());
  return kDone;
}

absl::StatusOr<int> health_show(Session& session, const HealthArguments& arguments) {
  ASSIGN_OR_RETURN(const auto response,
                   all_pages(session.client, &Client::list_health, v1::ListHealthRequest()));
  const auto found = std::find_if(response.items().begin(), response.items().end(),
                                  [&](const auto& item) { return item.id() == arguments.check; });
  if (found == response.items().end())
    return not_found("health check ", arguments.check, " does not exist");
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, *found);
    return kDone;
  }
  print_item(session, *found);
  return kDone;
}

absl::StatusOr<int> health_test(Session& session, const HealthArguments& arguments) {
  v1::TestHealthCheckRequest request;
  if (arguments.files.empty()) {
    request.set_id(arguments.check);
  } else {
    ASSIGN_OR_RETURN(*request.mutable_health_check(), check_in_files(arguments));
  }
  ASSIGN_OR_RETURN(const v1::TestHealthCheckResponse response,
                   session.client.test_health_check(request));
  const bool failed = response.outcome() == v1::TestHealthCheckResponse::FAILURE;
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, response);
    return failed ? kFailed : kDone;
  }
  session.out << response.target() << "\n";
  for (const auto& step : response.steps())
    session.out << absl::StrFormat("%10.1f ms  %s\n", step.milliseconds(), printable(step.text()));
  const Colour colour = failed ? Colour::kRed : Colour::kGreen;
  session.out << absl::StrFormat("%10.1f ms  ", response.milliseconds())
              << session.paint(colour, printable(response.result())) << "\n";
  if (response.has_certificate_expires())
    session.out << "               its certificate expires "
                << format_time(response.certificate_expires()) << "\n";
  return failed ? kFailed : kDone;
}

absl::StatusOr<int> health_history(Session& session, const HealthArguments& arguments) {
  v1::ListHealthHistoryRequest request;
  request.set_id(arguments.check);
  ASSIGN_OR_RETURN(const auto all, first_items(session.client, &Client::list_health_history,
                                               std::move(request), arguments.most));
  Table table({{"TIME"}, {"HEALTH CHECK"}, {"STATUS"}, {"REASON"}});
  for (const auto& item : all.items())
    table.add_row(
        {format_time(item.time()), item.id(), status_text(item.status()), or_dash(item.reason())});
  return show(session, arguments.format, all, table, "no changes of health yet");
}

absl::StatusOr<int> health_switch(Session& session, const HealthArguments& arguments) {
  v1::SetRecoveryControlRequest request;
  request.set_id(arguments.check);
  request.set_on(arguments.position == "on");
  request.set_reason(arguments.reason);
  request.set_break_glass(arguments.break_glass);
  RETURN_IF_ERROR(session.client.set_recovery_control(request).status());
  session.out << arguments.check << " is " << arguments.position << "\n";
  return kDone;
}

}  // namespace signpost::cli
