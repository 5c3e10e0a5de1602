#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "signpost/check_text.h"
#include "signpost/commands/read.h"
#include "signpost/commands/show.h"
#include "signpost/pages.h"
#include "signpost/table.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

std::string manager_text(v1::ZoneManager manager) {
  if (manager == v1::ZONE_MANAGER_FILES) return "files";
  if (manager == v1::ZONE_MANAGER_PRIMARIES) return "primaries";
  return manager == v1::ZONE_MANAGER_API ? "api" : "-";
}

// "NA", "US-CA", "*".
std::string location_text(const v1::GeolocationPolicy& policy) {
  return absl::StrCat(policy.continent_code(), policy.country_code(),
                      policy.subdivision_code().empty() ? "" : "-", policy.subdivision_code());
}

// "eu-west-1", "51.5,-0.16 bias 20".
std::string location_text(const v1::GeoproximityPolicy& policy) {
  const std::string place = policy.has_coordinates()        ? coordinates_text(policy.coordinates())
                            : policy.has_local_zone_group() ? policy.local_zone_group()
                                                            : policy.aws_region();
  return policy.bias() == 0 ? place : absl::StrCat(place, " bias ", policy.bias());
}

// The records, or what stands in their place.
std::string answer_text(const v1::RecordSet& set) {
  if (set.has_traffic_policy_instance()) {
    return absl::StrCat("traffic policy ", set.traffic_policy_instance().policy(), " version ",
                        set.traffic_policy_instance().version());
  }
  if (!set.has_alias_target()) return absl::StrJoin(set.records(), ", ");
  return absl::StrCat("alias to ", set.alias_target().dns_name(),
                      set.alias_target().evaluate_target_health() ? ", with its health" : "");
}

// The routing policy with its argument: "weighted 50", "failover primary", "simple".
std::string policy_text(const v1::RecordSet& set) {
  if (set.has_traffic_policy_instance()) return "traffic policy";
  switch (set.policy_case()) {
    case v1::RecordSet::kWeighted:
      return absl::StrCat("weighted ", set.weighted().weight());
    case v1::RecordSet::kFailover:
      return set.failover().role() == v1::SECONDARY ? "failover secondary" : "failover primary";
    case v1::RecordSet::kLatency:
      return "latency " + set.latency().region();
    case v1::RecordSet::kGeolocation:
      return "geolocation " + location_text(set.geolocation());
    case v1::RecordSet::kGeoproximity:
      return "geoproximity " + location_text(set.geoproximity());
    case v1::RecordSet::kIpBased:
      return absl::StrCat("ip_based ", set.ip_based().collection_id(), " ",
                          set.ip_based().location_name());
    case v1::RecordSet::kMultivalue:
      return "multivalue";
    case v1::RecordSet::kSimple:
    case v1::RecordSet::POLICY_NOT_SET:
      break;
  }
  return "simple";
}

// The same, with what departs from Route 53's rules: "weighted 50, sticky, fails closed".
std::string rule_text(const v1::RecordSet& set) {
  std::string text = policy_text(set);
  if (set.last_resort()) absl::StrAppend(&text, ", last resort");
  if (set.distribution() == v1::DISTRIBUTION_RANDOM) absl::StrAppend(&text, ", random");
  if (set.distribution() == v1::DISTRIBUTION_STICKY) absl::StrAppend(&text, ", sticky");
  if (set.fail_mode() == v1::FAIL_MODE_CLOSED) absl::StrAppend(&text, ", fails closed");
  return text;
}

}  // namespace

absl::StatusOr<int> get_zones(Session& session, const SelectedArguments& arguments) {
  v1::ListZonesRequest request;
  request.set_selector(arguments.selector);
  ASSIGN_OR_RETURN(const auto zones,
                   all_pages(session.client, &Client::list_zones, std::move(request)));
  Table table({{"ZONE"},
               {"RECORD SETS", Align::kRight},
               {"SERIAL", Align::kRight},
               {"MANAGER"},
               {"TAGS"},
               {"COMMENT"}});
  for (const auto& zone : zones.zones())
    table.add_row({zone.name(), absl::StrCat(zone.record_set_count()),
                   absl::StrCat(zone.soa_serial()), manager_text(zone.manager()),
                   or_dash(absl::StrJoin(zone.tags(), ",")), zone.comment()});
  return show(session, arguments.format, zones, table,
              "no zones; `signpost apply -f DIR` brings some");
}

absl::StatusOr<int> get_records(Session& session, const std::string& zone, Format format) {
  v1::ListRecordSetsRequest request;
  request.set_zone(zone);
  ASSIGN_OR_RETURN(const auto records,
                   all_pages(session.client, &Client::list_record_sets, std::move(request)));
  Table table({{"NAME"},
               {"TYPE"},
               {"TTL", Align::kRight},
               {"POLICY"},
               {"SET"},
               {"HEALTH CHECK"},
               {"RECORDS"}});
  for (const v1::RecordSet& set : records.record_sets())
    table.add_row({set.name(), set.type(), set.has_ttl() ? absl::StrCat(set.ttl()) : "-",
                   rule_text(set), or_dash(set.set_identifier()), or_dash(set.health_check_id()),
                   answer_text(set)});
  return show(session, format, records, table, "no record sets");
}

absl::StatusOr<int> get_health_checks(Session& session, const SelectedArguments& arguments) {
  v1::ListHealthChecksRequest request;
  request.set_selector(arguments.selector);
  ASSIGN_OR_RETURN(const auto checks,
                   all_pages(session.client, &Client::list_health_checks, std::move(request)));
  Table table({{"HEALTH CHECK"},
               {"TARGET"},
               {"INTERVAL", Align::kRight},
               {"THRESHOLD", Align::kRight},
               {"OPTIONS"},
               {"TAGS"}});
  for (const v1::HealthCheck& check : checks.health_checks()) {
    const std::string options =
        absl::StrCat(check.inverted() ? "inverted " : "", check.disabled() ? "disabled" : "");
    table.add_row(
        {check.id(), target_text(check),
         check.has_request_interval() ? absl::StrCat(check.request_interval(), " s") : "-",
         check.has_failure_threshold() ? absl::StrCat(check.failure_threshold()) : "-",
         or_dash(options), or_dash(absl::StrJoin(check.tags(), ","))});
  }
  return show(session, arguments.format, checks, table, "no health checks");
}

absl::StatusOr<int> get_secondary_zones(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto all, all_pages(session.client, &Client::list_secondary_zones,
                                             v1::ListSecondaryZonesRequest()));
  Table table({{"ZONE"},
               {"SERIAL", Align::kRight},
               {"PRIMARY"},
               {"LAST CONTACT"},
               {"NEXT REFRESH"},
               {"EXPIRES"},
               {"LAST ERROR"}});
  const auto when = [](bool known, const google::protobuf::Timestamp& value) {
    return known ? format_time(value) : "-";
  };
  for (const auto& item : all.items())
    table.add_row({item.name(), item.has_records() ? absl::StrCat(item.serial()) : "-",
                   or_dash(item.primary()), when(item.has_last_contact(), item.last_contact()),
                   item.has_next_refresh() ? format_time(item.next_refresh()) : "now",
                   when(item.has_expires(), item.expires()), item.last_error()});
  return show(session, format, all, table,
              "no zones are copied from other servers; secondary_zones names them");
}

absl::StatusOr<int> history(Session& session, std::uint32_t most, Format format) {
  ASSIGN_OR_RETURN(const auto all, first_items(session.client, &Client::list_history,
                                               v1::ListHistoryRequest(), most));
  Table table({{"GENERATION", Align::kRight},
               {"TIME"},
               {"ADDED", Align::kRight},
               {"CHANGED", Align::kRight},
               {"REMOVED", Align::kRight},
               {"AUTHOR"},
               {"COMMENT"}});
  for (const auto& item : all.items())
    table.add_row({absl::StrCat(item.generation()), format_time(item.time()),
                   absl::StrCat(item.summary().added()), absl::StrCat(item.summary().changed()),
                   absl::StrCat(item.summary().removed()), or_dash(item.author()), item.comment()});
  return show(session, format, all, table, "nothing was applied yet");
}

}  // namespace signpost::cli
