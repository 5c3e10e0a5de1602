#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <numeric>
#include <utility>

#include "base/status.h"
#include "control/describe.h"
#include "control/failover_time.h"
#include "control/health_list.h"
#include "control/location_text.h"
#include "control/service_support.h"
#include "control/services.h"
#include "dns/rcode.h"
#include "dns/rdata.h"
#include "policy/explain.h"
#include "policy/ring.h"
#include "server/limiter.h"
#include "signpost/v1/control.grpc.pb.h"

namespace signpost::control {
namespace {

std::string outcome_text(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kAnswer:
      return "ANSWER";
    case model::Outcome::kNodata:
      return "NODATA";
    case model::Outcome::kNxdomain:
      return "NXDOMAIN";
    case model::Outcome::kReferral:
      return "REFERRAL";
    case model::Outcome::kServfail:
      return "SERVFAIL";
  }
  return "";
}

v1::Distribution to_proto(model::RingMode mode) {
  switch (mode) {
    case model::RingMode::kExact:
      return v1::DISTRIBUTION_EXACT;
    case model::RingMode::kRandom:
      return v1::DISTRIBUTION_RANDOM;
    case model::RingMode::kSticky:
      return v1::DISTRIBUTION_STICKY;
  }
  return v1::DISTRIBUTION_UNSPECIFIED;
}

v1::FastPathStatus::Mode to_proto(FastPathReport::Mode mode) {
  switch (mode) {
    case FastPathReport::Mode::kNative:
      return v1::FastPathStatus::NATIVE;
    case FastPathReport::Mode::kGeneric:
      return v1::FastPathStatus::GENERIC;
    case FastPathReport::Mode::kUserspace:
      return v1::FastPathStatus::USERSPACE;
  }
  return v1::FastPathStatus::MODE_UNSPECIFIED;
}

class StatusService final : public v1::StatusService::Service {
 public:
  explicit StatusService(const ServiceContext& context) : context_(context) {}

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* out) override {
    const RunningPtr running = context_.controller->running();
    out->set_version(context_.version);
    out->set_installation_id(context_.store->installation_id());
    out->set_read_only_reason(context_.store->read_only_reason());
    out->set_generation(running->config.generation);
    out->set_table_generation(running->table->generation);
    set_time(context_.started, *out->mutable_started());
    set_time(running->activated, *out->mutable_activated());
    for (const std::string& address : context_.listen) out->add_listen(address);
    out->set_zones(running->config.zones.size());
    running->config.zones.for_each([&](const dns::Name&, const model::ZonePtr& zone) {
      out->set_owner_names(out->owner_names() + zone->owners.size());
    });
    out->set_record_sets(running->record_sets_total);
    out->set_health_checks(running->config.health_checks.size());
    out->set_last_publish_error(running->last_publish_error);
    if (const auto since = context_.prober_blind_since())
      set_time(*since, *out->mutable_prober_blind_since());
    const FastPathReport report =
        context_.fast_path == nullptr ? FastPathReport() : context_.fast_path->report();
    fill_fast_path(report, *out->mutable_fast_path());
    describe(context_.locations->state(), context_.locations->options(), running->config,
             context_.demand(), *out->mutable_location_data());
    const server::ServerStats stats = context_.server_stats();
    fill_slow_path(stats, *out->mutable_slow_path());
    fill_guard_events(report, stats, *out);
    count_secondaries(*out);
    return grpc::Status::OK;
  }

  grpc::Status ListHealth(grpc::ServerContext*, const v1::ListHealthRequest* request,
                          v1::ListHealthResponse* out) override {
    if (const auto since = context_.prober_blind_since())
      set_time(*since, *out->mutable_prober_blind_since());
    return to_grpc(list_health(context_.check_states(), *context_.controller, *request, *out));
  }

  grpc::Status ListExternalAliases(grpc::ServerContext*,
                                   const v1::ListExternalAliasesRequest* request,
                                   v1::ListExternalAliasesResponse* out) override {
    return to_grpc(list_external_aliases(*request, *out));
  }

  grpc::Status ListSecondaryZones(grpc::ServerContext*,
                                  const v1::ListSecondaryZonesRequest* request,
                                  v1::ListSecondaryZonesResponse* out) override {
    return to_grpc(list_secondary_zones(*request, *out));
  }

  grpc::Status Explain(grpc::ServerContext*, const v1::ExplainRequest* request,
                       v1::ExplainResponse* out) override {
    return to_grpc(explain(*request, *out));
  }

 private:
  static void fill_slow_path(const server::ServerStats& stats, v1::SlowPathStatus& out) {
    out.set_udp_queries(stats.udp_queries);
    out.set_tcp_queries(stats.tcp.queries);
    out.set_tcp_connections_open(stats.tcp.open);
    out.set_tls_queries(stats.tls.queries);
    out.set_tls_connections_open(stats.tls.open);
    out.set_truncated(stats.truncated);
  }

  static void fill_guard_events(const FastPathReport& report, const server::ServerStats& stats,
                                v1::GetStatusResponse& out) {
    for (std::size_t event = 0; event < stats.guard_events.size(); ++event) {
      v1::GuardEventCount& count = *out.add_guard_events();
      count.set_event(std::string(server::kGuardEventTexts[event].label));
      count.set_help(std::string(server::kGuardEventTexts[event].help));
      if (event < report.guard_events.size()) count.set_fast_path(report.guard_events[event]);
      count.set_slow_path(stats.guard_events[event]);
    }
  }

  void count_secondaries(v1::GetStatusResponse& out) const {
    for (const secondary::SecondaryState& state : context_.secondary_states()) {
      out.set_secondary_zones(out.secondary_zones() + 1);
      if (!state.serial) {
        out.set_secondary_zones_without_records(out.secondary_zones_without_records() + 1);
      } else if (!state.last_error.empty()) {
        out.set_secondary_zones_failing(out.secondary_zones_failing() + 1);
      }
    }
  }

  absl::Status list_secondary_zones(const v1::ListSecondaryZonesRequest& request,
                                    v1::ListSecondaryZonesResponse& out) {
    std::map<std::string, secondary::SecondaryState> states;
    std::vector<std::string> keys;
    for (secondary::SecondaryState& state : context_.secondary_states()) {
      keys.push_back(state.apex.text());
      states[keys.back()] = std::move(state);
    }
    ASSIGN_OR_RETURN(const Page page,
                     page_of(std::move(keys), request.page_size(), request.page_token()));
    for (const std::string& key : page.keys) fill_secondary(states[key], *out.add_items());
    out.set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  static void fill_secondary(const secondary::SecondaryState& state,
                             v1::ListSecondaryZonesResponse::Item& item) {
    item.set_name(state.apex.text());
    item.set_serial(state.serial.value_or(0));
    item.set_has_records(state.serial.has_value());
    if (state.last_contact) set_time(*state.last_contact, *item.mutable_last_contact());
    if (state.next_refresh) set_time(*state.next_refresh, *item.mutable_next_refresh());
    if (state.expires) set_time(*state.expires, *item.mutable_expires());
    item.set_primary(state.primary);
    item.set_last_error(state.last_error);
  }

  void fill_fast_path(const FastPathReport& report, v1::FastPathStatus& out) const {
    if (context_.fast_path == nullptr) {
      out.set_mode(v1::FastPathStatus::USERSPACE);
      out.set_mode_reason(context_.userspace_reason);
      return;
    }
    out.set_mode(to_proto(report.mode));
    for (const FastPathReport::Interface& each : report.interfaces) {
      v1::InterfaceStatus& interface = *out.add_interfaces();
      interface.set_name(each.name);
      interface.set_mode(to_proto(each.mode));
      interface.set_mode_reason(each.mode_reason);
    }
    for (const FastPathReport::Reason& reason : report.reasons) {
      v1::ReasonCount& line = *out.add_reasons();
      line.set_reason(reason.label);
      line.set_help(reason.help);
      line.set_packets(reason.packets);
    }
    out.set_nodes_used(report.nodes_used);
    out.set_nodes_capacity(report.nodes_capacity);
    out.set_cells_used(report.cells_used);
    out.set_cells_capacity(report.cells_capacity);
  }

  absl::Status list_external_aliases(const v1::ListExternalAliasesRequest& request,
                                     v1::ListExternalAliasesResponse& out) {
    std::map<std::string, upstream::TargetState> states;
    std::vector<std::string> keys;
    for (upstream::TargetState& state : context_.external_states()) {
      keys.push_back(state.key);
      states[state.key] = std::move(state);
    }
    ASSIGN_OR_RETURN(const Page page,
                     page_of(std::move(keys), request.page_size(), request.page_token()));
    for (const std::string& key : page.keys) fill_alias(states[key], *out.add_external_aliases());
    out.set_next_page_token(page.next_token);
    return absl::OkStatus();
  }

  static void fill_alias(const upstream::TargetState& state,
                         v1::ListExternalAliasesResponse::Item& item) {
    const std::optional<upstream::Target> target = upstream::parse_target(state.key);
    if (!target) return;
    item.set_name(target->name.text());
    item.set_type(dns::to_text(target->type));
    item.set_server(state.server);
    item.set_last_error(state.last_error);
    if (state.next_refresh) set_time(*state.next_refresh, *item.mutable_next_refresh());
    if (state.failing_since) set_time(*state.failing_since, *item.mutable_failing_since());
    if (state.answer == nullptr) return;
    for (const std::string& rdata : state.answer->rdata) {
      item.add_records(dns::format_rdata(target->type, rdata));
    }
    item.set_ttl(state.answer->ttl);
    item.mutable_resolved()->set_seconds(state.answer->resolved);
  }

  absl::Status explain(const v1::ExplainRequest& request, v1::ExplainResponse& out) {
    absl::StatusOr<dns::Name> name = dns::Name::parse(request.name());
    if (request.name().empty()) return invalid_argument("name: is missing");
    if (!name.ok()) return annotate(name.status(), "name");
    const std::optional<dns::RRType> type =
        dns::parse_rr_type(request.type().empty() ? "A" : request.type());
    if (!type) {
      return invalid_argument("type: \"", request.type(),
                              "\" is not a record type; use a mnemonic such as AAAA, or TYPE65280");
    }
    model::Prefix client;
    if (!request.client().empty()) {
      ASSIGN_OR_RETURN(client, read_client(request.client(), "client"));
    }
    const RunningPtr running = context_.controller->running();
    const policy::Explanation explanation = policy::explain(
        running->config, running->seen, *running->table, *name, *type, client, std::time(nullptr));
    out.set_name(name->text());
    out.set_type(dns::to_text(*type));
    out.set_view(explanation.view.view());
    if (explanation.zone) out.set_zone(explanation.zone->apex.text());
    out.set_generation(running->config.generation);
    out.set_table_generation(running->table->generation);
    for (const policy::TraceStep& step : explanation.steps) {
      v1::ExplainStep& line = *out.add_steps();
      line.set_depth(step.depth);
      line.set_text(step.text);
    }
    const model::LocalityMap& localities = *running->table->localities;
    if (client.length != 0) {
      describe(client, explanation.locality, localities, *out.mutable_location());
    }
    out.set_by_location(explanation.by_locality);
    if (explanation.by_locality) out.set_scope_prefix_length(explanation.scope);
    fill_finding(explanation, client, *running->table, *name, *type, out);
    policy::WhatIf now({running->config, running->seen, *running->table});
    if (const auto time = failover_time(now, explanation.name, *type))
      to_proto(*time, *out.mutable_failover_time());
    fill_dns_answer(explanation, out);
    return absl::OkStatus();
  }

  void fill_finding(const policy::Explanation& explanation, const model::Prefix& client,
                    const model::AnswerTable& table, const dns::Name& qname, dns::RRType qtype,
                    v1::ExplainResponse& out) {
    const policy::Finding& finding = explanation.finding;
    switch (finding.kind) {
      case policy::FindingKind::kAnswer:
      case policy::FindingKind::kReferral: {
        const model::Answer& answer = finding.answer->at(explanation.locality.locality);
        fill_answer(answer, table, qname, qtype, out);
        fill_wanted_shares(answer, explanation.weights, out);
        mark_variant_of(client, answer, out);
        return;
      }
      case policy::FindingKind::kNegative: {
        model::Answer answer;
        answer.variants.push_back(*finding.negative);
        fill_answer(answer, table, qname, qtype, out);
        return;
      }
      case policy::FindingKind::kDname:
        out.set_rcode("NOERROR");
        out.set_outcome("ANSWER");
        out.set_fast_path_reason(absl::StrCat("the CNAME below the DNAME ",
                                              finding.dname_owner.text(),
                                              " is made for each query, by the slow path"));
        return;
      case policy::FindingKind::kOutOfZone:
        out.set_rcode("REFUSED");
        out.set_outcome("REFUSED");
        out.set_fast_path_reason("names outside the zones are refused by the slow path");
        return;
    }
  }

  // Of a sticky ring, whose slots go by the client's prefix.
  void mark_variant_of(const model::Prefix& client, const model::Answer& answer,
                       v1::ExplainResponse& out) {
    if (!answer.ring || answer.ring->mode != model::RingMode::kSticky) return;
    const std::optional<std::uint32_t> slot = server::sticky_slot(
        context_.digest_key, client, static_cast<std::uint32_t>(answer.slots().size()));
    if (slot) out.mutable_variants(answer.slots()[*slot])->set_for_this_client(true);
  }

  static void fill_dns_answer(const policy::Explanation& explanation, v1::ExplainResponse& out) {
    v1::DnsAnswer& answer = *out.mutable_dns_answer();
    answer.set_record_name(out.name());
    answer.set_record_type(out.type());
    answer.set_response_code(out.rcode());
    answer.set_protocol("UDP");
    if (explanation.zone == nullptr || !explanation.zone->has_records()) return;
    const model::RecordGroup* servers =
        explanation.zone->group(explanation.zone->apex, dns::RRType::kNs);
    answer.set_nameserver(dns::format_rdata(dns::RRType::kNs, servers->sets.front().rdata.front()));
    const auto most =
        std::max_element(out.variants().begin(), out.variants().end(),
                         [](const v1::ExplainVariant& a, const v1::ExplainVariant& b) {
                           if (a.for_this_client() != b.for_this_client())
                             return b.for_this_client();
                           return std::uint64_t{a.share_numerator()} * b.share_denominator() <
                                  std::uint64_t{b.share_numerator()} * a.share_denominator();
                         });
    if (most == out.variants().end()) return;
    // "NAME TTL IN TYPE RDATA", of all records of a chain those of the type.
    const std::string mark = absl::StrCat(" IN ", out.type(), " ");
    for (const std::string& record : most->answer()) {
      const std::size_t at = record.find(mark);
      if (at != std::string::npos) answer.add_record_data(record.substr(at + mark.size()));
    }
  }

  void fill_answer(const model::Answer& answer, const model::AnswerTable& table,
                   const dns::Name& qname, dns::RRType qtype, v1::ExplainResponse& out) {
    out.set_rcode(dns::rcode_text(answer.variants.front().rcode));
    out.set_outcome(outcome_text(answer.variants.front().outcome));
    out.set_ring_slots(static_cast<std::uint32_t>(answer.slots().size()));
    out.set_distribution(to_proto(answer.ring ? answer.ring->mode : model::RingMode::kExact));
    std::vector<std::uint32_t> slots(answer.variants.size(), answer.slots().empty() ? 1 : 0);
    for (const std::uint16_t variant : answer.slots()) ++slots[variant];
    const auto total =
        answer.slots().empty() ? 1u : static_cast<std::uint32_t>(answer.slots().size());
    for (std::size_t i = 0; i < answer.variants.size(); ++i) {
      fill_variant(answer.variants[i], table, qname, qtype, *out.add_variants());
      const std::uint32_t divisor = std::gcd(slots[i], total);
      out.mutable_variants(static_cast<int>(i))->set_share_numerator(slots[i] / divisor);
      out.mutable_variants(static_cast<int>(i))->set_share_denominator(total / divisor);
    }
    if (context_.fast_path == nullptr) {
      out.set_fast_path_reason(context_.userspace_reason);
      return;
    }
    const datapath::Publisher::Residence residence = context_.fast_path->residence(answer);
    out.set_fast_path(residence.resident);
    out.set_fast_path_reason(residence.reason);
  }

  // `weights`: of the variants; of a single one there need be none.
  static void fill_wanted_shares(const model::Answer& answer,
                                 const std::vector<std::uint64_t>& weights,
                                 v1::ExplainResponse& out) {
    if (answer.variants.size() == 1) return out.mutable_variants(0)->set_wanted_share(1);
    if (weights.size() != answer.variants.size()) return;
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      out.mutable_variants(static_cast<int>(i))
          ->set_wanted_share(static_cast<double>(weights[i]) / sum);
    }
    out.set_share_error(policy::share_error(weights, answer.slots()));
  }

  void fill_variant(const model::Variant& variant, const model::AnswerTable& table,
                    const dns::Name& qname, dns::RRType qtype, v1::ExplainVariant& out) {
    out.set_choice(variant.choice);
    ReplyText text = reply_text(table, variant, qname, qtype);
    for (std::string& line : text.answer) out.add_answer(std::move(line));
    for (std::string& line : text.authority) out.add_authority(std::move(line));
    for (std::string& line : text.additional) out.add_additional(std::move(line));
    if (variant.counter == 0) return;
    std::uint64_t given = context_.slow_answer_count(variant.counter);
    if (context_.fast_path) given += context_.fast_path->answer_count(variant.counter);
    out.set_answers_given(given);
  }

  const ServiceContext context_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_status_service(const ServiceContext& context) {
  return std::make_unique<StatusService>(context);
}

}  // namespace signpost::control
