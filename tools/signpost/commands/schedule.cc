#include "signpost/commands/schedule.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "signpost/commands/override.h"
#include "signpost/commands/show.h"
#include "signpost/table.h"
#include "signpost/v1/schedule.pb.h"

namespace signpost::cli {
namespace {

// Of one schedule; `-o json` has all.
constexpr int kLoweredShown = 100;

std::string seconds_text(std::uint32_t seconds) { return absl::StrCat(seconds, " s"); }

const char* step_text(const v1::ScheduleStep& step) {
  if (step.kind() == v1::ScheduleStep::LOWER) return "lower TTLs";
  return step.kind() == v1::ScheduleStep::CHANGE ? "make the change" : "restore TTLs";
}

// The step that is made next; null if there is none.
const v1::ScheduleStep* next_step(const v1::Schedule& schedule) {
  if (schedule.state() != v1::Schedule::WAITING) return nullptr;
  for (const v1::ScheduleStep& step : schedule.steps())
    if (!step.has_done()) return &step;
  return nullptr;
}

std::string state_text(const v1::Schedule& schedule) {
  switch (schedule.state()) {
    case v1::Schedule::WAITING:
      return "waits";
    case v1::Schedule::DONE:
      return "done";
    case v1::Schedule::REFUSED:
      return "refused";
    case v1::Schedule::CANCELLING:
      return "being cancelled";
    case v1::Schedule::CANCELLED:
      return "cancelled";
    default:
      return "-";
  }
}

void print_lowered(Session& session, const v1::Schedule& schedule) {
  Table table({{"NAME"},
               {"TYPE"},
               {"TTL BEFORE", Align::kRight},
               {"LOWERED TO", Align::kRight},
               {"AT THE END", Align::kRight}});
  const int shown = std::min(schedule.lowered_size(), kLoweredShown);
  for (int i = 0; i < shown; ++i) {
    const v1::LoweredTtl& line = schedule.lowered(i);
    table.add_row({line.name(), line.type(), seconds_text(line.before_seconds()),
                   seconds_text(schedule.ttl_seconds()),
                   line.has_after_seconds() ? seconds_text(line.after_seconds()) : "-"});
  }
  session.out << table.text();
  if (shown < schedule.lowered_size())
    session.out << "… and " << schedule.lowered_size() - shown << " more\n";
}

void print_steps(Session& session, const v1::Schedule& schedule) {
  Table table({{"STEP", Align::kRight}, {"WHAT"}, {"DUE"}, {"DONE"}});
  int number = 0;
  for (const v1::ScheduleStep& step : schedule.steps())
    table.add_row({absl::StrCat(++number), step_text(step), format_time(step.due()),
                   step.has_done() ? format_time(step.done()) : "-"});
  session.out << table.text();
}

}  // namespace

absl::StatusOr<v1::ScheduleOptions> schedule_options(const PreLowerArguments& arguments) {
  v1::ScheduleOptions options;
  if (!arguments.is_given()) return options;
  absl::StatusOr<std::uint32_t> ttl = parse_duration(arguments.ttl);
  if (!ttl.ok()) return annotate(ttl.status(), "--pre-lower");
  options.set_ttl_seconds(*ttl);
  options.set_dry_run(arguments.dry_run);
  if (arguments.at.empty()) return options;
  if (!google::protobuf::util::TimeUtil::FromString(arguments.at, options.mutable_change_at())) {
    return invalid_argument("--at: \"", arguments.at,
                            "\" is no time; use for example 2026-08-03T14:00:00Z or "
                            "2026-08-03T16:00:00+02:00");
  }
  return options;
}

absl::StatusOr<v1::Schedule> schedule_change(Session& session, const v1::ScheduleOptions& options,
                                             const Client::Parts& parts) {
  bool first = true;
  return session.client.schedule_change(
      [&](v1::ScheduleChangeRequest& request) -> absl::StatusOr<bool> {
        if (std::exchange(first, false)) *request.mutable_options() = options;
        return parts(*request.mutable_plan());
      });
}

void print_schedule(Session& session, const v1::Schedule& schedule) {
  session.warn(schedule.warnings());
  session.out << "\n" << session.paint(Colour::kBold, "TTLs around the change") << "\n";
  print_lowered(session, schedule);
  session.out << "\n";
  print_steps(session, schedule);
  if (!schedule.reason().empty()) session.out << printable(schedule.reason()) << "\n";
  if (schedule.number() == 0) {
    session.out << "nothing is scheduled: this was a dry run\n";
  } else {
    session.out << "schedule " << schedule.number() << " is kept; `signpost schedule cancel "
                << schedule.number() << "` ends it\n";
  }
}

absl::StatusOr<int> schedule_list(Session& session, Format format) {
  ASSIGN_OR_RETURN(const v1::ListSchedulesResponse response,
                   session.client.list_schedules(v1::ListSchedulesRequest()));
  Table table({{"SCHEDULE", Align::kRight},
               {"STATE"},
               {"NEXT"},
               {"DUE"},
               {"TTL", Align::kRight},
               {"LOWERED", Align::kRight},
               {"AUTHOR"},
               {"COMMENT"},
               {"REASON"}});
  for (const v1::Schedule& schedule : response.schedules()) {
    const v1::ScheduleStep* next = next_step(schedule);
    table.add_row({absl::StrCat(schedule.number()), state_text(schedule),
                   next ? step_text(*next) : "-", next ? format_time(next->due()) : "-",
                   seconds_text(schedule.ttl_seconds()), absl::StrCat(schedule.lowered_size()),
                   schedule.author(), or_dash(schedule.comment()), or_dash(schedule.reason())});
  }
  return show(session, format, response, table, "no schedules");
}

absl::StatusOr<int> schedule_cancel(Session& session, const CancelArguments& arguments) {
  v1::CancelScheduleRequest request;
  request.set_number(arguments.number);
  ASSIGN_OR_RETURN(const v1::Schedule schedule, session.client.cancel_schedule(request));
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, schedule);
  } else {
    session.out << "schedule " << schedule.number() << " is " << state_text(schedule) << ": "
                << printable(schedule.reason()) << "\n";
  }
  return kDone;
}

}  // namespace signpost::cli
