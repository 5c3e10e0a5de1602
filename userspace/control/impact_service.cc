#include "control/impact_service.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/status.h"
#include "control/failover_time.h"
#include "control/impact_output.h"
#include "control/last_records.h"
#include "control/planned_change.h"
#include "control/service_support.h"
#include "policy/clients.h"
#include "policy/failures.h"
#include "policy/impact.h"
#include "policy/overloads.h"
#include "policy/simulation.h"
#include "signpost/v1/impact.grpc.pb.h"

namespace signpost::control {
namespace {

// Changes whose table is made for a look: the controller does nothing else meanwhile.
constexpr std::size_t kChangesMax = 50'000;
// If another change comes between, all is worked out again.
constexpr int kAttempts = 5;
constexpr std::size_t kDemandMax = 1'000'000;
constexpr std::size_t kSimulatedMax = 1'000'000;

absl::Status after_the_first(const char* what) {
  return invalid_argument(what, ": only the first message of the stream may have them");
}

// What runs, and what would.
struct Pair {
  RunningPtr running;
  PlannedChange change;
  model::AnswerTablePtr after;   // the table of change.after
  std::vector<dns::Name> names;  // whose answers may differ
  std::vector<std::string> warnings;

  policy::Side before_side() const { return {running->config, running->seen, *running->table}; }
  policy::Side after_side() const { return {change.after, running->seen, *after}; }
};

struct ImpactRequest {
  v1::ImpactOptions options;
  PlanReader plan;
  std::vector<policy::PrefixWeight> demand;
  policy::Capacities capacities;

  absl::Status add(const v1::PlanImpactRequest& part, bool first) {
    if (part.has_options() && !first) return after_the_first("options");
    if (part.has_options()) options = part.options();
    for (const v1::Demand& line : part.demand()) {
      RETURN_IF_ERROR(annotate(add(line), absl::StrCat("demand[", demand.size(), "]")));
    }
    for (int i = 0; i < part.options().capacities_size(); ++i) {
      const v1::Capacity& capacity = part.options().capacities(i);
      if (!std::isfinite(capacity.queries_per_second()) || capacity.queries_per_second() <= 0) {
        return invalid_argument("options.capacities[", i,
                                "].queries_per_second: is missing; use a number above 0");
      }
      capacities[capacity.endpoint()] = capacity.queries_per_second();
    }
    return plan.add(part.plan());
  }

 private:
  absl::Status add(const v1::Demand& line) {
    if (demand.size() >= kDemandMax) {
      return resource_exhausted("is one too many; use at most ", kDemandMax,
                                ", with shorter prefixes");
    }
    absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(line.prefix());
    if (!prefix.ok()) return annotate(prefix.status(), "prefix");
    if (!std::isfinite(line.queries()) || line.queries() <= 0) {
      return invalid_argument("queries: ", line.queries(), " is not a number above 0");
    }
    demand.push_back({*prefix, line.queries()});
    return absl::OkStatus();
  }
};

struct Simulated {
  v1::SimulateOptions options;
  PlanReader plan;
  std::vector<policy::SimulatedQuery> queries;

  absl::Status add(const v1::SimulateRequest& part, bool first) {
    if (part.has_options() && !first) return after_the_first("options");
    if (part.has_options()) options = part.options();
    for (const v1::SimulatedQueries& line : part.queries())
      RETURN_IF_ERROR(annotate(add(line), absl::StrCat("queries[", queries.size(), "]")));
    return part.has_plan() ? plan.add(part.plan()) : absl::OkStatus();
  }

 private:
  absl::Status add(const v1::SimulatedQueries& line) {
    if (queries.size() >= kSimulatedMax) {
      return resource_exhausted("is one too many; use at most ", kSimulatedMax,
                                " at a time, equal ones as one with their count");
    }
    policy::SimulatedQuery query;
    absl::StatusOr<dns::Name> name = dns::Name::parse(line.name());
    if (!name.ok()) return annotate(name.status(), "name");
    query.name = *std::move(name);
    const std::optional<dns::RRType> type =
        dns::parse_rr_type(line.type().empty() ? "A" : line.type());
    if (!type) return invalid_argument("type: \"", line.type(), "\" is not a record type");
    query.type = *type;
    if (!line.client().empty()) {
      absl::StatusOr<model::Prefix> client = model::Prefix::parse(line.client());
      if (!client.ok()) return annotate(client.status(), "client");
      query.client = *client;
    }
    query.count = line.count() == 0 ? 1 : static_cast<double>(line.count());
    queries.push_back(std::move(query));
    return absl::OkStatus();
  }
};

class ImpactService final : public v1::ImpactService::Service {
 public:
  explicit ImpactService(const ImpactContext& context) : context_(context) {}

  grpc::Status PlanImpact(grpc::ServerContext* call,
                          grpc::ServerReader<v1::PlanImpactRequest>* stream,
                          v1::PlanImpactResponse* out) override {
    ImpactRequest request;
    const absl::Status read = read_all<v1::PlanImpactRequest>(*stream, request);
    if (!read.ok()) return to_grpc(read);
    if (call->IsCancelled()) return grpc::Status::CANCELLED;
    return to_grpc(plan_impact(request, *out));
  }

  grpc::Status Simulate(grpc::ServerContext* call, grpc::ServerReader<v1::SimulateRequest>* stream,
                        v1::SimulateResponse* out) override {
    Simulated request;
    const absl::Status read = read_all<v1::SimulateRequest>(*stream, request);
    if (!read.ok()) return to_grpc(read);
    if (call->IsCancelled()) return grpc::Status::CANCELLED;
    return to_grpc(simulate(request, *out));
  }

 private:
  template <typename Message, typename Request>
  static absl::Status read_all(grpc::ServerReader<Message>& stream, Request& request) {
    Message part;
    for (bool first = true; stream.Read(&part); first = false)
      RETURN_IF_ERROR(request.add(part, first));
    return absl::OkStatus();
  }

  // What would run after the plan, compiled.
  absl::StatusOr<Pair> pair_of(PlanReader& plan) const {
    ASSIGN_OR_RETURN(const DesiredPlan desired, plan.finish());
    for (int left = kAttempts;; --left) {
      Pair pair;
      pair.running = context_.controller->running();
      ASSIGN_OR_RETURN(pair.change, desired.against(*pair.running));
      pair.after = pair.running->table;
      if (pair.change.batch.changes.empty()) return pair;
      if (pair.change.batch.changes.size() > kChangesMax) {
        return resource_exhausted("the plan has ", pair.change.batch.changes.size(),
                                  " changes; what answers become of them is told of at most ",
                                  kChangesMax);
      }
      ASSIGN_OR_RETURN(const model::LocalityMapPtr localities, localities_after(pair));
      absl::StatusOr<Controller::Preview> preview =
          context_.controller->preview(pair.change.after, pair.change.batch, localities);
      if (absl::IsAborted(preview.status()) && left > 1) continue;
      RETURN_IF_ERROR(preview.status());
      pair.running = preview->running;
      pair.after = preview->after.table;
      pair.names = std::move(preview->after.change.names);
      return pair;
    }
  }

  // Null: as they are.
  absl::StatusOr<model::LocalityMapPtr> localities_after(Pair& pair) const {
    if (!pair.change.deltas.moves_clients()) return nullptr;
    if (context_.localities_for) return context_.localities_for(pair.change.after);
    pair.warnings.push_back(
        "the changes of CIDR collections and of where clients are do not count in here");
    return nullptr;
  }

  policy::Clients clients_of(const ImpactRequest& request, const Pair& pair,
                             v1::PlanImpactResponse& out) const {
    const model::LocalityMap& before = *pair.running->table->localities;
    const model::LocalityMap& after = *pair.after->localities;
    if (!request.demand.empty()) {
      policy::Clients given = policy::Clients::given(request.demand, before, after);
      out.set_weighing(absl::StrCat("clients count by the demand given, ", given.total(),
                                    " queries per second for each name"));
      return given;
    }
    if (context_.demand) {
      policy::Clients counted = policy::Clients::counted(context_.demand(), before, after);
      if (counted.total() > 0) {
        out.set_weighing(absl::StrCat("clients count by the ", counted.total(),
                                      " answers given to them by where they are"));
        return counted;
      }
    }
    out.set_weighing("each locality of which anything is known counts alike");
    return policy::Clients::alike(before, after);
  }

  absl::Status plan_impact(ImpactRequest& request, v1::PlanImpactResponse& out) const {
    if (!request.capacities.empty() && request.demand.empty()) {
      return invalid_argument("options.capacities: need a demand in queries per second");
    }
    ASSIGN_OR_RETURN(const Pair pair, pair_of(request.plan));
    out.set_generation(pair.running->config.generation);
    for (const std::string& warning : pair.warnings) out.add_warnings(warning);
    policy::Clients clients = clients_of(request, pair, out);
    const policy::Impact impact =
        policy::impact(*pair.running->table, *pair.after, pair.names, clients, last_records);
    policy::Failures failures;
    policy::WhatIf after(pair.after_side());
    if (request.options.failures()) {
      policy::WhatIf before(pair.before_side());
      failures = policy::failures(before, after, impact.answers, clients, last_records);
    }
    add_impact(impact, failures, out);
    add_failover_times(failover_times(pair.after_side(), pair.names), out);
    for (const std::string& warning : policy::overloads(
             after, request.capacities, request.options.failures(), clients, last_records)) {
      out.add_warnings(warning);
    }
    return absl::OkStatus();
  }

  absl::Status simulate(Simulated& request, v1::SimulateResponse& out) const {
    ASSIGN_OR_RETURN(const Pair pair, pair_of(request.plan));
    const std::set<std::string> down(request.options.down().begin(), request.options.down().end());
    for (const std::string& check : down) {
      if (pair.change.after.health_checks.find(check) == nullptr)
        return not_found("options.down: there is no health check ", check);
    }
    policy::Simulation simulation(pair.after_side(), down, last_records);
    for (const policy::SimulatedQuery& query : request.queries) simulation.add(query);
    out.set_generation(pair.running->config.generation);
    for (const std::string& warning : pair.warnings) out.add_warnings(warning);
    add_simulation(simulation, out);
    return absl::OkStatus();
  }

  const ImpactContext context_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_impact_service(const ImpactContext& context) {
  return std::make_unique<ImpactService>(context);
}

}  // namespace signpost::control
