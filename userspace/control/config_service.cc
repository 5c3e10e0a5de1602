#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "base/status.h"
#include "control/batch_preparation.h"
#include "control/describe.h"
#include "control/desired_diff.h"
#include "control/desired_state.h"
#include "control/failover_time.h"
#include "control/location_sources.h"
#include "control/memory_budget.h"
#include "control/record_set_changes.h"
#include "control/record_set_list.h"
#include "control/service_support.h"
#include "control/services.h"
#include "control/soa_serial.h"
#include "control/table_forecast.h"
#include "control/targets.h"
#include "control/translate.h"
#include "control/zone_manager.h"
#include "policy/traffic_policy.h"
#include "policy/validate.h"
#include "signpost/v1/control.grpc.pb.h"

namespace signpost::control {
namespace {

// Changes are worked out beside the running state; if another change wins the race, they are worked
// out again.
constexpr int kAttempts = 5;
constexpr std::size_t kCommentMax = 1024;
constexpr std::size_t kExportChunkOctets = 1u << 20;

Deltas reversed(Deltas deltas) {
  for (ZoneDelta& delta : deltas.zones) std::swap(delta.before, delta.after);
  for (GroupDelta& delta : deltas.groups) std::swap(delta.before, delta.after);
  for_each_keyed(deltas, [](auto& list) {
    for (auto& delta : list) std::swap(delta.before, delta.after);
  });
  return deltas;
}

// Leaves off the records of zones that are copied from primaries then: these have them as they are
// now.
void drop_copied_records(const model::Config& running, Deltas& deltas) {
  absl::flat_hash_map<dns::Name, model::ZoneManager> managers;  // that the step back brings
  for (const ZoneDelta& delta : deltas.zones)
    if (delta.after) managers[delta.apex] = delta.after->manager;
  std::erase_if(deltas.groups, [&](const GroupDelta& delta) {
    const auto [line, unchanged] =
        managers.try_emplace(delta.zone_apex, model::ZoneManager::kFiles);
    const model::ZonePtr* zone = running.zones.find(delta.zone_apex);
    if (unchanged && zone != nullptr) line->second = (*zone)->manager;
    return line->second == model::ZoneManager::kPrimaries;
  });
}

// Makes the groups of traffic policies that a step back brings.
absl::Status expand_policies(const model::Config& running, Deltas& deltas) {
  PolicyExpander expander([&](const std::string& key) -> model::TrafficPolicyPtr {
    for (const TrafficPolicyDelta& delta : deltas.traffic_policies) {
      if (delta.key == key) return delta.after;
    }
    const model::TrafficPolicyPtr* policy = running.traffic_policies.find(key);
    return policy == nullptr ? nullptr : *policy;
  });
  for (GroupDelta& delta : deltas.groups) {
    if (delta.after) {
      ASSIGN_OR_RETURN(delta.after, expander.expand(delta.after));
    }
  }
  return absl::OkStatus();
}

// Serials only move forward, so a step back leaves SOAs alone that differ in nothing else.
void drop_serial_changes(Deltas& deltas) {
  std::erase_if(deltas.groups, [](const GroupDelta& delta) {
    return delta.before && delta.after && same_but_serial(*delta.before, *delta.after);
  });
}

// The stream of one Plan or Apply.
struct Wanted {
  v1::ApplyOptions options;
  DesiredState state;

  ApplyRules rules() const {
    return {.prune = options.prune(),
            .adopt = options.adopt(),
            .manage_by_api = options.manage_by_api()};
  }
};

absl::StatusOr<Wanted> read_stream(grpc::ServerReader<v1::ApplyRequest>& stream) {
  Wanted wanted;
  DesiredStateReader reader;
  v1::ApplyRequest request;
  for (bool first = true; stream.Read(&request); first = false) {
    if (request.has_options() && !first) {
      return invalid_argument("options: only the first message of the stream may have them");
    }
    if (request.has_options()) wanted.options = request.options();
    RETURN_IF_ERROR(reader.add(request.config()));
  }
  ASSIGN_OR_RETURN(wanted.state, reader.finish());
  return wanted;
}

absl::Status check_generation(model::ConfigGeneration expected, const Running& running) {
  if (expected == 0 || expected == running.config.generation) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("the running generation is ", running.config.generation,
                                         ", not ", expected, "; look at it and try again"));
}

// How many owner names have each version of a traffic policy.
std::map<std::string, std::uint32_t> policy_uses(const model::Config& config) {
  std::map<std::string, std::uint32_t> uses;
  config.zones.for_each([&](const dns::Name&, const model::ZonePtr& zone) {
    zone->owners.for_each([&](const dns::Name&, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) {
        if (!group->instance) continue;
        ++uses[model::traffic_policy_key(group->instance->policy, group->instance->version)];
      }
    });
  });
  return uses;
}

// The record type of a policy's instances; empty if it can't be made.
std::string type_of(const model::TrafficPolicy& policy) {
  const absl::StatusOr<model::RecordGroupPtr> group = policy::expand_traffic_policy(policy, 0);
  return group.ok() ? dns::to_text((*group)->type) : "";
}

class ConfigService final : public v1::ConfigService::Service {
 public:
  explicit ConfigService(const ServiceContext& context) : context_(context) {}

  grpc::Status Plan(grpc::ServerContext*, grpc::ServerReader<v1::ApplyRequest>* stream,
                    v1::PlanResponse* out) override {
    return to_grpc(plan(*stream, *out));
  }

  grpc::Status Apply(grpc::ServerContext* call, grpc::ServerReader<v1::ApplyRequest>* stream,
                     v1::ApplyResponse* out) override {
    const absl::StatusOr<Wanted> wanted = read_stream(*stream);
    if (!wanted.ok()) return to_grpc(wanted.status());
    if (call->IsCancelled()) return grpc::Status::CANCELLED;
    const auto attempt = [&](const Running& running) -> absl::StatusOr<model::ChangeBatch> {
      ASSIGN_OR_RETURN(Deltas deltas, deltas_to(running.config, wanted->state, wanted->rules()));
      if (!wanted->options.force()) {
        RETURN_IF_ERROR(check_removals(count(deltas), running.record_sets_total));
      }
      return batch_of(std::move(deltas));
    };
    return to_grpc(apply(attempt, wanted->options.expected_generation(), wanted->options.comment(),
                         author_of(*call), *out));
  }

  grpc::Status ChangeRecordSets(grpc::ServerContext* call,
                                grpc::ServerReader<v1::ChangeRecordSetsRequest>* stream,
                                v1::ApplyResponse* out) override {
    RecordSetChanges changes;
    v1::ChangeRecordSetsRequest request;
    while (stream->Read(&request)) {
      if (absl::Status added = changes.add(request); !added.ok()) return to_grpc(added);
    }
    if (call->IsCancelled()) return grpc::Status::CANCELLED;
    const auto attempt = [&](const Running& running) { return changes.batch(running.config); };
    return to_grpc(
        apply(attempt, changes.expected_generation(), changes.comment(), author_of(*call), *out));
  }

  grpc::Status ListZones(grpc::ServerContext*, const v1::ListZonesRequest* request,
                         v1::ListZonesResponse* out) override {
    return to_grpc(list_zones(*request, *out));
  }

  grpc::Status ListRecordSets(grpc::ServerContext*, const v1::ListRecordSetsRequest* request,
                              v1::ListRecordSetsResponse* out) override {
    absl::StatusOr<model::ZonePtr> zone =
        find_zone(context_.controller->running()->config, request->zone(), "zone");
    if (!zone.ok()) return to_grpc(zone.status());
    return to_grpc(record_set_list_.page(*std::move(zone), *request, *out));
  }

  grpc::Status ListHealthChecks(grpc::ServerContext*, const v1::ListHealthChecksRequest* request,
                                v1::ListHealthChecksResponse* out) override {
    return to_grpc(list_health_checks(*request, *out));
  }

  grpc::Status ListCidrCollections(grpc::ServerContext*,
                                   const v1::ListCidrCollectionsRequest* request,
                                   v1::ListCidrCollectionsResponse* out) override {
    const RunningPtr running = context_.controller->running();
    return to_grpc(list(running->config.cidr_collections, *request, *out,
                        [&](const std::string&, const model::CidrCollectionPtr& collection) {
                          control::to_proto(*collection, *out->add_cidr_collections());
                        }));
  }

  grpc::Status ListPlaceOverrides(grpc::ServerContext*,
                                  const v1::ListPlaceOverridesRequest* request,
                                  v1::ListPlaceOverridesResponse* out) override {
    const RunningPtr running = context_.controller->running();
    return to_grpc(list(running->config.place_overrides, *request, *out,
                        [&](const std::string&, const model::PlaceOverridePtr& place) {
                          control::to_proto(*place, *out->add_place_overrides());
                        }));
  }

  grpc::Status ListRegions(grpc::ServerContext*, const v1::ListRegionsRequest* request,
                           v1::ListRegionsResponse* out) override {
    const RunningPtr running = context_.controller->running();
    return to_grpc(list(running->config.regions, *request, *out,
                        [&](const std::string& name, const model::Coordinates& coordinates) {
                          control::to_proto(name, coordinates, *out->add_regions());
                        }));
  }

  grpc::Status ListTrafficPolicies(grpc::ServerContext*,
                                   const v1::ListTrafficPoliciesRequest* request,
                                   v1::ListTrafficPoliciesResponse* out) override {
    const RunningPtr running = context_.controller->running();
    const std::map<std::string, std::uint32_t> uses = policy_uses(running->config);
    return to_grpc(list(running->config.traffic_policies, *request, *out,
                        [&](const std::string& key, const model::TrafficPolicyPtr& policy) {
                          v1::ListTrafficPoliciesResponse::Item& item =
                              *out->add_traffic_policies();
                          control::to_proto(*policy, *item.mutable_traffic_policy());
                          item.set_type(type_of(*policy));
                          const auto use = uses.find(key);
                          item.set_instance_count(use == uses.end() ? 0 : use->second);
                        }));
  }

  grpc::Status Export(grpc::ServerContext*, const v1::ExportRequest* request,
                      grpc::ServerWriter<v1::ExportResponse>* out) override {
    return to_grpc(export_state(*request, *out));
  }

  grpc::Status ListHistory(grpc::ServerContext*, const v1::ListHistoryRequest* request,
                           v1::ListHistoryResponse* out) override {
    return to_grpc(list_history(*request, *out));
  }

  grpc::Status Diff(grpc::ServerContext*, const v1::DiffRequest* request,
                    v1::PlanResponse* out) override {
    const model::ConfigGeneration from = request->from_generation();
    const model::ConfigGeneration to = request->to_generation();
    absl::StatusOr<Deltas> deltas =
        context_.store->deltas_between(std::min(from, to), std::max(from, to));
    if (!deltas.ok()) return to_grpc(deltas.status());
    out->set_generation(context_.controller->running()->config.generation);
    describe(from <= to ? *std::move(deltas) : reversed(*std::move(deltas)), *out);
    return grpc::Status::OK;
  }

  grpc::Status Rollback(grpc::ServerContext* call, const v1::RollbackRequest* request,
                        v1::ApplyResponse* out) override {
    const auto attempt = [&](const Running& running) -> absl::StatusOr<model::ChangeBatch> {
      ASSIGN_OR_RETURN(Deltas deltas, context_.store->deltas_between(request->generation(),
                                                                     running.config.generation));
      deltas = reversed(std::move(deltas));
      drop_serial_changes(deltas);
      drop_copied_records(running.config, deltas);
      RETURN_IF_ERROR(expand_policies(running.config, deltas));
      return batch_of(std::move(deltas));
    };
    const std::string comment = request->comment().empty()
                                    ? absl::StrCat("rollback to ", request->generation())
                                    : request->comment();
    return to_grpc(apply(attempt, request->expected_generation(), comment, author_of(*call), *out));
  }

 private:
  // Shows one page of a map of the configuration, by key: of the values that are `wanted`.
  template <typename Value, typename Request, typename Response, typename Add, typename Wanted>
  static absl::Status list(const model::PersistentMap<std::string, Value>& values,
                           const Request& request, Response& out, Add&& add, Wanted&& wanted) {
    std::vector<std::string> keys;
    values.for_each([&](const std::string& key, const Value& value) {
      if (wanted(value)) keys.push_back(key);
    });
    ASSIGN_OR_RETURN(const Page page,
                     page_of(std::move(keys), request.page_size(), request.page_token()));
    for (const std::string& key : page.keys) add(key, *values.find(key));
    out.set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  template <typename Value, typename Request, typename Response, typename Add>
  static absl::Status list(const model::PersistentMap<std::string, Value>& values,
                           const Request& request, Response& out, Add&& add) {
    return list(values, request, out, std::forward<Add>(add), [](const Value&) { return true; });
  }

  absl::Status list_health_checks(const v1::ListHealthChecksRequest& request,
                                  v1::ListHealthChecksResponse& out) {
    ASSIGN_OR_RETURN(const model::TagSelector selector, read_selector(request.selector()));
    const RunningPtr running = context_.controller->running();
    return list(
        running->config.health_checks, request, out,
        [&](const std::string&, const model::HealthCheckPtr& check) {
          control::to_proto(*check, *out.add_health_checks());
        },
        [&](const model::HealthCheckPtr& check) { return selector.matches(check->tags); });
  }

  static absl::StatusOr<model::ZonePtr> find_zone(const model::Config& config,
                                                  const std::string& name,
                                                  const std::string& field) {
    absl::StatusOr<dns::Name> apex = dns::Name::parse_with_view(name);
    if (!apex.ok()) return annotate(apex.status(), field);
    const model::ZonePtr* zone = config.zones.find(apex->folded());
    if (zone == nullptr) return not_found("there is no zone ", apex->text());
    return *zone;
  }

  // Works out a batch against the running state and applies it, again if another change comes
  // between.
  template <typename Attempt>
  absl::Status apply(Attempt&& attempt, model::ConfigGeneration expected,
                     const std::string& comment, const std::string& author,
                     v1::ApplyResponse& out) {
    if (comment.size() > kCommentMax) {
      return invalid_argument("comment: has ", comment.size(), " characters; use at most ",
                              kCommentMax);
    }
    for (int left = kAttempts;; --left) {
      const RunningPtr running = context_.controller->running();
      RETURN_IF_ERROR(check_generation(expected, *running));
      ASSIGN_OR_RETURN(model::ChangeBatch batch, attempt(*running));
      RETURN_IF_ERROR(MemoryBudget().take_change(batch.changes.size()));
      batch.author = author;
      batch.comment = comment;
      const bool relocates = may_move_clients(batch);
      const std::vector<dns::Name> owners = owners_put(batch);
      const absl::StatusOr<ApplyResult> result =
          context_.controller->apply(std::move(batch), running->config.generation);
      if (absl::IsAborted(result.status()) && expected == 0 && left > 1) continue;
      RETURN_IF_ERROR(result.status());
      out.set_generation(result->generation);
      out.set_table_generation(result->table_generation);
      out.mutable_summary()->set_added(result->counts.added);
      out.mutable_summary()->set_changed(result->counts.changed);
      out.mutable_summary()->set_removed(result->counts.removed);
      for (const std::string& warning : result->warnings) out.add_warnings(warning);
      if (relocates) relocate(out);
      const RunningPtr served = context_.controller->running();
      add_failover_times(failover_times({served->config, served->seen, *served->table}, owners),
                         out);
      return absl::OkStatus();
    }
  }

  // Has the map of localities follow the collections and overrides of a change.
  void relocate(v1::ApplyResponse& out) {
    if (const absl::Status moved = context_.locations->rebuild(); !moved.ok()) {
      out.add_warnings(
          absl::StrCat("clients are located as before the change: ", std::string(moved.message())));
    }
    out.set_table_generation(context_.controller->running()->table->generation);
  }

  absl::Status plan(grpc::ServerReader<v1::ApplyRequest>& stream, v1::PlanResponse& out) {
    ASSIGN_OR_RETURN(const Wanted wanted, read_stream(stream));
    const RunningPtr running = context_.controller->running();
    RETURN_IF_ERROR(check_generation(wanted.options.expected_generation(), *running));
    ASSIGN_OR_RETURN(const Deltas deltas, deltas_to(running->config, wanted.state, wanted.rules()));
    out.set_generation(running->config.generation);
    if (deltas.empty()) return absl::OkStatus();
    model::ChangeBatch batch = batch_of(deltas);
    RETURN_IF_ERROR(MemoryBudget().take_change(batch.changes.size()));
    prepare(running->config, running->last_zone_id, batch);
    ASSIGN_OR_RETURN(const model::Config after, policy::apply_batch(running->config, batch));
    for (const std::string& warning : policy::warnings(after, batch)) out.add_warnings(warning);
    const absl::Status removals = check_removals(count(deltas), running->record_sets_total);
    if (!removals.ok() && !wanted.options.force()) {
      out.add_warnings(std::string(removals.message()));
    }
    describe(deltas_of(running->config, after, batch), out);
    if (wanted.options.forecast()) add_forecast(running, after, batch, out);
    return absl::OkStatus();
  }

  absl::StatusOr<v1::TableForecast> forecast_of(const RunningPtr& running,
                                                const model::Config& after,
                                                const model::ChangeBatch& batch) {
    model::LocalityMapPtr localities;  // null: as they are
    if (moves_clients(batch)) {
      ASSIGN_OR_RETURN(localities, context_.locations->map_for(after));
    }
    return forecast_table(*context_.controller, context_.fast_path, running, after, batch,
                          localities);
  }

  // What can't be forecast is a warning: the plan is as good without.
  void add_forecast(const RunningPtr& running, const model::Config& after,
                    const model::ChangeBatch& batch, v1::PlanResponse& out) {
    absl::StatusOr<v1::TableForecast> forecast = forecast_of(running, after, batch);
    if (!forecast.ok()) {
      out.add_warnings(absl::StrCat("what the answer table would need is not known: ",
                                    std::string(forecast.status().message())));
      return;
    }
    for (const std::string& warning : warnings_of(*forecast)) out.add_warnings(warning);
    *out.mutable_forecast() = *std::move(forecast);
  }

  absl::Status list_zones(const v1::ListZonesRequest& request, v1::ListZonesResponse& out) {
    const RunningPtr running = context_.controller->running();
    std::map<std::string, model::ZonePtr> by_text;
    std::vector<std::string> names;
    ASSIGN_OR_RETURN(const model::TagSelector selector, read_selector(request.selector()));
    running->config.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
      if (!selector.matches(zone->tags)) return;
      names.push_back(apex.text());
      by_text[names.back()] = zone;
    });
    ASSIGN_OR_RETURN(const Page page,
                     page_of(std::move(names), request.page_size(), request.page_token()));
    for (const std::string& name : page.keys) {
      const model::Zone& zone = *by_text[name];
      v1::ListZonesResponse::Item& item = *out.add_zones();
      item.set_name(name);
      const std::uint64_t* count = running->record_sets.find(zone.apex);
      item.set_record_set_count(count ? static_cast<std::uint32_t>(*count) : 0);
      const model::RecordGroup* soa = zone.group(zone.apex, dns::RRType::kSoa);
      item.set_soa_serial(soa ? serial_of(*soa).value_or(0) : 0);
      item.set_manager(control::to_proto(zone.manager));
      item.set_comment(zone.comment);
      for (const std::string& tag : model::tag_texts(zone.tags)) item.add_tags(tag);
    }
    out.set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  absl::Status export_state(const v1::ExportRequest& request,
                            grpc::ServerWriter<v1::ExportResponse>& out) {
    const RunningPtr running = context_.controller->running();
    std::map<dns::Name, model::ZonePtr> zones;
    for (int i = 0; i < request.zones_size(); ++i) {
      ASSIGN_OR_RETURN(model::ZonePtr zone, find_zone(running->config, request.zones(i),
                                                      absl::StrCat("zones[", i, "]")));
      zones[zone->apex] = zone;
    }
    v1::ExportResponse chunk;
    if (request.zones_size() == 0) {
      // What is copied from other servers is theirs to write.
      running->config.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
        if (zone->manager != model::ZoneManager::kPrimaries) zones[apex] = zone;
      });
      if (!export_values(running->config, chunk, out)) return absl::CancelledError();
    }
    for (const auto& [apex, zone] : zones) {
      if (!export_zone(*zone, chunk, out)) return absl::CancelledError();
    }
    return flush(chunk, out) ? absl::OkStatus() : absl::CancelledError();
  }

  static bool flush(v1::ExportResponse& chunk, grpc::ServerWriter<v1::ExportResponse>& out) {
    const bool written = out.Write(chunk);
    chunk.Clear();
    return written;
  }

  // Writes the values of one map in the order of their keys; false if the client has gone.
  template <typename Value, typename Add>
  static bool export_map(const model::PersistentMap<std::string, Value>& values,
                         v1::ExportResponse& chunk, grpc::ServerWriter<v1::ExportResponse>& out,
                         Add&& add) {
    std::map<std::string, Value> sorted;
    values.for_each([&](const std::string& key, const Value& value) { sorted[key] = value; });
    std::size_t octets = 0;
    for (const auto& [key, value] : sorted) {
      octets += add(*chunk.mutable_config(), key, value);
      if (octets < kExportChunkOctets) continue;
      if (!flush(chunk, out)) return false;
      octets = 0;
    }
    return octets == 0 || flush(chunk, out);
  }

  static bool export_values(const model::Config& config, v1::ExportResponse& chunk,
                            grpc::ServerWriter<v1::ExportResponse>& out) {
    const auto written = [](auto& message, const auto&... value) {
      control::to_proto(value..., message);
      return message.ByteSizeLong();
    };
    return export_map(config.health_checks, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& check) {
                        return written(*part.add_health_checks(), *check);
                      }) &&
           export_map(config.cidr_collections, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& collection) {
                        return written(*part.add_cidr_collections(), *collection);
                      }) &&
           export_map(config.place_overrides, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& place) {
                        return written(*part.add_place_overrides(), *place);
                      }) &&
           export_map(config.regions, chunk, out,
                      [&](v1::Config& part, const std::string& name, const auto& coordinates) {
                        return written(*part.add_regions(), name, coordinates);
                      }) &&
           export_map(config.traffic_policies, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& policy) {
                        return written(*part.add_traffic_policies(), *policy);
                      }) &&
           export_map(config.notice_receivers, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& receiver) {
                        return written(*part.add_notice_receivers(), *receiver);
                      }) &&
           export_map(config.guards, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& guard) {
                        return written(*part.add_guards(), *guard);
                      }) &&
           export_map(config.tsig_keys, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& key) {
                        return written(*part.add_tsig_keys(), *key);
                      }) &&
           export_map(config.zone_access, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& access) {
                        return written(*part.add_zone_access(), *access);
                      }) &&
           export_map(config.views, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& view) {
                        return written(*part.add_views(), *view);
                      }) &&
           export_map(config.forward_rules, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& rule) {
                        return written(*part.add_forward_rules(), *rule);
                      }) &&
           export_map(config.secondary_zones, chunk, out,
                      [&](v1::Config& part, const std::string&, const auto& secondary) {
                        return written(*part.add_secondary_zones(), *secondary);
                      });
  }

  // False if the client has gone.
  static bool export_zone(const model::Zone& zone, v1::ExportResponse& chunk,
                          grpc::ServerWriter<v1::ExportResponse>& out) {
    const std::vector<dns::Name> owners = sorted_owners(zone);
    const auto begin = [&] {
      v1::Zone* part = chunk.mutable_config()->add_zones();
      part->set_name(zone.apex.text());
      return part;
    };
    v1::Zone* part = begin();
    part->set_comment(zone.comment);
    for (const std::string& tag : model::tag_texts(zone.tags)) part->add_tags(tag);
    part->set_manager(control::to_proto(zone.manager));
    std::size_t octets = 0;
    for (const dns::Name& owner : owners) {
      for (const model::RecordGroupPtr& group : (*zone.owners.find(owner))->groups) {
        for (std::size_t i = 0; i < visible_sets(*group); ++i) {
          v1::RecordSet& set = *part->add_record_sets();
          control::to_proto(*group, i, owner, zone.apex, set);
          octets += set.ByteSizeLong();
          if (octets < kExportChunkOctets) continue;
          if (!flush(chunk, out)) return false;
          part = begin();
          octets = 0;
        }
      }
    }
    return true;
  }

  absl::Status list_history(const v1::ListHistoryRequest& request, v1::ListHistoryResponse& out) {
    ASSIGN_OR_RETURN(const std::string last, from_token(request.page_token()));
    const model::ConfigGeneration before = std::strtoull(last.c_str(), nullptr, 10);
    const std::size_t size = page_size(request.page_size());
    ASSIGN_OR_RETURN(std::vector<HistoryEntry> entries, context_.store->history(before, size + 1));
    const bool more = entries.size() > size;
    if (more) entries.resize(size);
    for (const HistoryEntry& entry : entries) {
      v1::ListHistoryResponse::Item& item = *out.add_items();
      item.set_generation(entry.generation);
      set_time(entry.time, *item.mutable_time());
      item.set_author(entry.author);
      item.set_comment(entry.comment);
      item.mutable_summary()->set_added(entry.counts.added);
      item.mutable_summary()->set_changed(entry.counts.changed);
      item.mutable_summary()->set_removed(entry.counts.removed);
    }
    if (more) out.set_next_page_token(to_token(absl::StrCat(entries.back().generation)));
    return absl::OkStatus();
  }

  const ServiceContext context_;
  RecordSetList record_set_list_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_config_service(const ServiceContext& context) {
  return std::make_unique<ConfigService>(context);
}

}  // namespace signpost::control
