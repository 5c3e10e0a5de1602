#include "control/impact_output.h"

#include <cmath>
#include <set>

namespace signpost::control {
namespace {

constexpr std::size_t kListOctetsMax = 3u << 20;  // of messages limited to 4 MiB

void to_proto(const policy::Endpoint& endpoint, v1::Endpoint& out) {
  out.set_outcome(endpoint.outcome);
  out.set_choice(endpoint.choice);
  for (const std::string& record : endpoint.records) out.add_records(record);
}

double part_of(const policy::Shares& shares, const policy::Endpoint& endpoint) {
  const auto found = shares.find(endpoint);
  return found == shares.end() ? 0 : found->second;
}

v1::AnswerImpact to_proto(const std::string& name, const std::string& type,
                          const policy::Moved& moved) {
  v1::AnswerImpact out;
  out.set_name(name);
  out.set_type(type);
  out.set_moved(moved.share);
  std::set<policy::Endpoint> endpoints;
  for (const policy::Shares* side : {&moved.before, &moved.after}) {
    for (const auto& [endpoint, share] : *side) endpoints.insert(endpoint);
  }
  for (const policy::Endpoint& endpoint : endpoints) {
    v1::EndpointShares& line = *out.add_endpoints();
    to_proto(endpoint, *line.mutable_endpoint());
    line.set_before(part_of(moved.before, endpoint));
    line.set_after(part_of(moved.after, endpoint));
  }
  return out;
}

// Whether one more message fits, which is then counted.
class Room {
 public:
  bool has_for(const google::protobuf::Message& message) {
    octets_ += message.ByteSizeLong() + 8;
    return octets_ <= kListOctetsMax;
  }

 private:
  std::size_t octets_ = 0;
};

}  // namespace

void add_impact(const policy::Impact& impact, const policy::Failures& failures,
                v1::PlanImpactResponse& out) {
  Room room;
  std::size_t left_off = failures.left_off;
  for (const policy::AnswerImpact& answer : impact.answers) {
    v1::AnswerImpact line = to_proto(answer.name.text(), dns::to_text(answer.type), answer.moved);
    if (room.has_for(line)) {
      *out.add_answers() = std::move(line);
    } else {
      ++left_off;
    }
  }
  v1::AnswerImpact total = to_proto("", "", policy::total(impact.answers));
  if (!impact.answers.empty() && room.has_for(total)) *out.mutable_total() = std::move(total);
  for (const policy::FailureImpact& failure : failures.answers) {
    v1::FailureImpact line;
    line.set_what(failure.what);
    line.set_unserved_before(failure.unserved_before);
    line.set_unserved_after(failure.unserved_after);
    *line.mutable_answer() =
        to_proto(failure.name.text(), dns::to_text(failure.type), failure.moved);
    if (room.has_for(line)) {
      *out.add_failures() = std::move(line);
    } else {
      ++left_off;
    }
  }
  out.set_added(impact.added);
  out.set_left_off(left_off);
}

void add_simulation(const policy::Simulation& simulation, v1::SimulateResponse& out) {
  Room room;
  std::size_t left_off = 0;
  for (const auto& [question, answers] : simulation.answers()) {
    v1::SimulatedAnswer line;
    line.set_name(question.first.text());
    line.set_type(dns::to_text(question.second));
    for (const auto& [endpoint, queries] : answers.queries) {
      v1::SimulatedShare& share = *line.add_endpoints();
      to_proto(endpoint, *share.mutable_endpoint());
      share.set_queries(queries);
      line.set_queries(line.queries() + queries);
    }
    if (room.has_for(line)) {
      *out.add_answers() = std::move(line);
    } else {
      ++left_off;
    }
  }
  for (const auto& [outcome, queries] : simulation.outcomes()) {
    v1::OutcomeCount& line = *out.add_outcomes();
    line.set_outcome(outcome);
    line.set_queries(queries);
  }
  out.set_queries(static_cast<std::uint64_t>(std::llround(simulation.queries())));
  out.set_unlocated(static_cast<std::uint64_t>(std::llround(simulation.unlocated())));
  out.set_left_off(left_off);
}

}  // namespace signpost::control
