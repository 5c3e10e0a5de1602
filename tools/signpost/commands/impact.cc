#include "signpost/commands/impact.h"

#include <utility>

#include "base/status.h"
#include "signpost/change_output.h"
#include "signpost/config_reader.h"
#include "signpost/config_stream.h"
#include "signpost/error_places.h"
#include "signpost/impact_output.h"
#include "signpost/query_log.h"
#include "signpost/v1/impact.pb.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kDemandOctetsMax = std::size_t{64} << 20;
constexpr std::size_t kDemandPart = 20'000;  // lines in one message

absl::StatusOr<v1::ImpactOptions> options_of(const PlanArguments& arguments) {
  v1::ImpactOptions options;
  options.set_failures(arguments.failures);
  for (const std::string& argument : arguments.capacities) {
    ASSIGN_OR_RETURN(const DemandLine capacity, read_capacity(argument));
    v1::Capacity& line = *options.add_capacities();
    line.set_endpoint(capacity.prefix);
    line.set_queries_per_second(capacity.queries);
  }
  return options;
}

absl::StatusOr<std::vector<DemandLine>> demand_of(const PlanArguments& arguments) {
  if (arguments.demand.empty()) return std::vector<DemandLine>();
  ASSIGN_OR_RETURN(const std::string text, read_file(arguments.demand, kDemandOctetsMax));
  return read_demand(text, arguments.demand);
}

// The messages of one PlanImpact: the configuration, then the demand.
class ImpactStream {
 public:
  ImpactStream(v1::ImpactOptions options, Client::Parts parts, std::vector<DemandLine> demand)
      : options_(std::move(options)), parts_(std::move(parts)), demand_(std::move(demand)) {}

  absl::StatusOr<bool> fill(v1::PlanImpactRequest& part) {
    if (std::exchange(first_, false)) *part.mutable_options() = options_;
    if (more_parts_) {
      ASSIGN_OR_RETURN(more_parts_, parts_(*part.mutable_plan()));
      if (more_parts_) return true;
      part.clear_plan();
    }
    const std::size_t begin = sent_;
    for (; sent_ < demand_.size() && sent_ < begin + kDemandPart; ++sent_) {
      v1::Demand& line = *part.add_demand();
      line.set_prefix(demand_[sent_].prefix);
      line.set_queries(demand_[sent_].queries);
    }
    return sent_ > begin;
  }

 private:
  const v1::ImpactOptions options_;
  const Client::Parts parts_;
  const std::vector<DemandLine> demand_;
  bool first_ = true;
  bool more_parts_ = true;
  std::size_t sent_ = 0;
};

// Shows the impact, or adds it to `all`; a table of it is shown unasked.
absl::Status tell_impact(Session& session, const PlanArguments& arguments, ImpactStream stream,
                         v1::PlanWithImpact& all) {
  const bool as_table = arguments.changes.format == Format::kTable;
  const bool wanted = as_table ? all.plan().changes_size() > 0 : arguments.asks_for_impact();
  if (!wanted) return absl::OkStatus();
  auto impact =
      session.client.plan_impact([&](v1::PlanImpactRequest& part) { return stream.fill(part); });
  if (!impact.ok() && arguments.asks_for_impact()) return impact.status();
  if (!impact.ok()) {
    session.warn(std::vector{absl::StrCat("who would get another answer is not known: ",
                                          std::string(impact.status().message()))});
  } else if (as_table) {
    print_impact(session, *impact);
  } else {
    *all.mutable_impact() = *std::move(impact);
  }
  return absl::OkStatus();
}

// The plan alone where that is all there is.
void print_message(Session& session, Format format, const v1::PlanWithImpact& all) {
  const bool more = all.has_impact() || all.has_schedule();
  session.print(format, more ? static_cast<const google::protobuf::Message&>(all) : all.plan());
}

}  // namespace

absl::StatusOr<int> plan(Session& session, const PlanArguments& arguments) {
  const Format format = arguments.changes.format;
  ASSIGN_OR_RETURN(v1::ImpactOptions options, options_of(arguments));
  ASSIGN_OR_RETURN(std::vector<DemandLine> demand, demand_of(arguments));
  ASSIGN_OR_RETURN(const v1::ScheduleOptions scheduling, schedule_options(arguments.pre_lower));
  ASSIGN_OR_RETURN(const LoadedConfig loaded, load_config(arguments.changes.files));
  v1::ApplyOptions changes = apply_options(arguments.changes);
  v1::ApplyOptions asked = changes;
  asked.set_forecast(true);
  auto planned = session.client.plan(parts_of(asked, only(loaded.config)));
  if (!planned.ok()) return with_places(planned.status(), loaded);
  v1::PlanWithImpact all;
  *all.mutable_plan() = *std::move(planned);
  const v1::PlanResponse& plan = all.plan();
  const bool schedules = arguments.pre_lower.is_given() && plan_code(plan) == kDiffers;
  if (format == Format::kTable) print_plan(session, format, plan, plan.changes_size());
  RETURN_IF_ERROR(tell_impact(
      session, arguments,
      {std::move(options), parts_of(changes, only(loaded.config)), std::move(demand)}, all));
  if (schedules) {
    if (plan.generation() > 0) changes.set_expected_generation(plan.generation());
    ASSIGN_OR_RETURN(*all.mutable_schedule(),
                     schedule_change(session, scheduling, parts_of(changes, only(loaded.config))));
    if (format == Format::kTable) print_schedule(session, all.schedule());
  }
  if (format != Format::kTable) print_message(session, format, all);
  return schedules && !scheduling.dry_run() ? kDone : plan_code(plan);
}

}  // namespace signpost::cli
