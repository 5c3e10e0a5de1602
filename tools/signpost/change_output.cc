#include "signpost/change_output.h"

#include "absl/strings/str_format.h"
#include "signpost/failover_text.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

struct Mark {
  char sign;
  Colour colour;
};

Mark mark_of(v1::PlannedChange::Action action) {
  if (action == v1::PlannedChange::ADD) return {'+', Colour::kGreen};
  if (action == v1::PlannedChange::REMOVE) return {'-', Colour::kRed};
  return {'~', Colour::kYellow};
}

void print_change(Session& session, const v1::PlannedChange& change) {
  const Mark mark = mark_of(change.action());
  const std::string head = absl::StrFormat("%c %s", mark.sign, printable(change.subject()));
  if (change.action() == v1::PlannedChange::CHANGE) {
    session.out << session.paint(mark.colour, head) << "\n"
                << "    before  " << printable(change.before()) << "\n"
                << "    after   " << printable(change.after()) << "\n";
    return;
  }
  const std::string content =
      printable(change.action() == v1::PlannedChange::ADD ? change.after() : change.before());
  session.out << session.paint(mark.colour, content.empty() ? head : head + "  " + content) << "\n";
}

std::string done_text(const v1::ChangeSummary& summary) {
  return absl::StrFormat("%d added, %d changed, %d removed", summary.added(), summary.changed(),
                         summary.removed());
}

std::string use_text(std::uint64_t needed, std::uint64_t capacity, const char* what) {
  if (capacity == 0) return absl::StrFormat("%d %s", needed, what);
  return absl::StrFormat("%d of %d %s", needed, capacity, what);
}

// What the answer table will need, in one line.
void print_forecast(Session& session, const v1::TableForecast& forecast) {
  session.out << "answer table: " << use_text(forecast.nodes(), forecast.nodes_capacity(), "nodes")
              << ", " << use_text(forecast.cells(), forecast.cells_capacity(), "cells");
  if (forecast.partitions() > 0)
    session.out << " (" << forecast.partition_cells() << " for "
                << count_text(forecast.partitions(), "partition") << ")";
  session.out << "; "
              << (forecast.nodes_capacity() == 0
                      ? std::string("without a fast path")
                      : absl::StrFormat("%d of %s by the slow path alone",
                                        forecast.passed_answers(),
                                        count_text(forecast.answers(), "answer")))
              << "\n";
}

}  // namespace

void print_changes(Session& session, const v1::PlanResponse& plan, int most) {
  for (int i = 0; i < plan.changes_size() && i < most; ++i) print_change(session, plan.changes(i));
  if (plan.changes_size() > most)
    session.out << "… and " << plan.changes_size() - most
                << " more; `signpost plan` lists them all\n";
}

void print_plan(Session& session, Format format, const v1::PlanResponse& plan, int most) {
  if (format != Format::kTable) return session.print(format, plan);
  session.warn(plan.warnings());
  print_changes(session, plan, most);
  session.out << absl::StrFormat(
      "%d to add, %d to change, %d to remove (generation %d is served)\n", plan.summary().added(),
      plan.summary().changed(), plan.summary().removed(), plan.generation());
  if (plan.has_forecast()) print_forecast(session, plan.forecast());
}

int plan_code(const v1::PlanResponse& plan) {
  const v1::ChangeSummary& summary = plan.summary();
  const bool differs = summary.added() + summary.changed() + summary.removed() > 0;
  return differs || plan.changes_size() > 0 ? kDiffers : kDone;
}

void print_diff(Session& session, Format format, const v1::PlanResponse& diff) {
  if (format != Format::kTable) return session.print(format, diff);
  print_changes(session, diff, diff.changes_size());
  session.out << done_text(diff.summary()) << "\n";
}

void print_applied(Session& session, Format format, const v1::ApplyResponse& response,
                   std::chrono::steady_clock::duration elapsed) {
  if (format != Format::kTable) return session.print(format, response);
  session.warn(response.warnings());
  const v1::ChangeSummary& summary = response.summary();
  if (summary.added() + summary.changed() + summary.removed() == 0) {
    session.out << "nothing to change; generation " << response.generation() << " is served\n";
    return;
  }
  session.out << done_text(summary) << "; generation " << response.generation()
              << " is served, after " << duration_text(elapsed) << "\n";
  print_failover_times(session, response.failover_times());
}

std::string duration_text(std::chrono::steady_clock::duration duration) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (milliseconds < 1000) return absl::StrFormat("%d ms", milliseconds);
  return absl::StrFormat("%.1f s", static_cast<double>(milliseconds) / 1000);
}

}  // namespace signpost::cli
