#include "signpost/impact_output.h"

#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "signpost/failover_text.h"
#include "signpost/table.h"
#include "signpost/v1/impact.pb.h"

namespace signpost::cli {
namespace {

std::string part_text(double part) {
  if (part == 0) return "-";
  if (part < 0.001) return "< 0.1 %";
  return absl::StrFormat("%.1f %%", 100 * part);
}

// Expected values, of which a part of a query is as good as any other.
std::string count_text(double queries) {
  return std::abs(queries - std::round(queries)) < 1e-6 ? absl::StrCat(std::llround(queries))
                                                        : absl::StrFormat("%.1f", queries);
}

std::string answer_text(const v1::Endpoint& endpoint) {
  if (endpoint.records().empty()) return endpoint.outcome();
  return absl::StrJoin(endpoint.records(), ", ");
}

std::string choice_text(const v1::Endpoint& endpoint) {
  return endpoint.choice().empty() ? "-" : endpoint.choice();
}

// A row for each endpoint; `head` stands in the first alone.
void add_rows(std::vector<std::string> head, const v1::AnswerImpact& answer, Table& table) {
  for (const v1::EndpointShares& line : answer.endpoints()) {
    std::vector<std::string> row = head;
    row.insert(row.end(), {choice_text(line.endpoint()), answer_text(line.endpoint()),
                           part_text(line.before()), part_text(line.after())});
    table.add_row(std::move(row));
    for (std::string& cell : head) cell.clear();
  }
}

void print_answers(Session& session, const v1::PlanImpactResponse& impact) {
  session.out << "\n"
              << session.paint(Colour::kBold, "Who would get another answer") << " ("
              << impact.weighing() << ")\n";
  Table table({{"NAME"},
               {"TYPE"},
               {"MOVED", Align::kRight},
               {"ENDPOINT"},
               {"ANSWER"},
               {"BEFORE", Align::kRight},
               {"AFTER", Align::kRight}});
  for (const v1::AnswerImpact& answer : impact.answers())
    add_rows({answer.name(), answer.type(), part_text(answer.moved())}, answer, table);
  if (impact.answers_size() > 1)
    add_rows({"all of them", "", part_text(impact.total().moved())}, impact.total(), table);
  session.out << table.text();
}

std::string unserved_text(const v1::FailureImpact& failure) {
  if (failure.unserved_before() == 0 && failure.unserved_after() == 0) return "-";
  return absl::StrCat(part_text(failure.unserved_before()), " → ",
                      part_text(failure.unserved_after()));
}

void print_failures(Session& session, const v1::PlanImpactResponse& impact) {
  if (impact.failures_size() == 0) return;
  session.out << "\n" << session.paint(Colour::kBold, "What they would get while it fails") << "\n";
  Table table({{"FAILS"},
               {"NAME"},
               {"TYPE"},
               {"UNSERVED", Align::kRight},
               {"ENDPOINT"},
               {"ANSWER"},
               {"BEFORE", Align::kRight},
               {"AFTER", Align::kRight}});
  for (const v1::FailureImpact& failure : impact.failures())
    add_rows(
        {failure.what(), failure.answer().name(), failure.answer().type(), unserved_text(failure)},
        failure.answer(), table);
  session.out << table.text();
}

void print_left_off(Session& session, std::uint64_t left_off) {
  if (left_off > 0) session.out << "… and " << cli::count_text(left_off, "more answer") << "\n";
}

}  // namespace

void print_impact(Session& session, const v1::PlanImpactResponse& impact) {
  if (impact.answers_size() > 0) {
    print_answers(session, impact);
  } else if (!impact.weighing().empty()) {
    session.out << "\nNobody who gets an answer would get another one.\n";
  }
  print_failures(session, impact);
  print_left_off(session, impact.left_off());
  if (impact.added() > 0)
    session.out << cli::count_text(impact.added(), "question") << " would be answered that "
                << (impact.added() == 1 ? "is" : "are") << " not now.\n";
  print_failover_times(session, impact.failover_times());
  session.warn(impact.warnings());
}

void print_simulation(Session& session, const v1::SimulateResponse& simulation) {
  Table table({{"NAME"},
               {"TYPE"},
               {"QUERIES", Align::kRight},
               {"ENDPOINT"},
               {"ANSWER"},
               {"COUNT", Align::kRight},
               {"SHARE", Align::kRight}});
  for (const v1::SimulatedAnswer& answer : simulation.answers()) {
    std::vector<std::string> head = {answer.name(), answer.type(), count_text(answer.queries())};
    for (const v1::SimulatedShare& line : answer.endpoints()) {
      std::vector<std::string> row = head;
      row.insert(row.end(),
                 {choice_text(line.endpoint()), answer_text(line.endpoint()),
                  count_text(line.queries()), part_text(line.queries() / answer.queries())});
      table.add_row(std::move(row));
      for (std::string& cell : head) cell.clear();
    }
  }
  if (!table.empty()) session.out << table.text();
  print_left_off(session, simulation.left_off());
  std::vector<std::string> outcomes;
  for (const v1::OutcomeCount& outcome : simulation.outcomes())
    outcomes.push_back(absl::StrCat(count_text(outcome.queries()), " ", outcome.outcome()));
  session.out << simulation.queries() << (simulation.queries() == 1 ? " query" : " queries");
  if (!outcomes.empty()) session.out << ": " << absl::StrJoin(outcomes, ", ");
  session.out << "\n";
  if (simulation.unlocated() > 0)
    session.out << simulation.unlocated() << " of clients of whom nothing is known ("
                << percent(simulation.unlocated(), simulation.queries()) << ")\n";
  session.warn(simulation.warnings());
}

}  // namespace signpost::cli
