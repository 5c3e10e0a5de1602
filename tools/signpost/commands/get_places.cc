#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "signpost/commands/read.h"
#include "signpost/commands/show.h"
#include "signpost/pages.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {

absl::StatusOr<int> get_cidr_collections(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto collections, all_pages(session.client, &Client::list_cidr_collections,
                                                     v1::ListCidrCollectionsRequest()));
  Table table(
      {{"COLLECTION"}, {"NAME"}, {"LOCATION"}, {"BLOCKS", Align::kRight}, {"FIRST BLOCKS"}});
  constexpr int kShown = 3;
  for (const v1::CidrCollection& collection : collections.cidr_collections()) {
    if (collection.locations().empty()) {
      table.add_row({collection.id(), or_dash(collection.name()), "-", "0", "-"});
    }
    for (const v1::CidrLocation& location : collection.locations()) {
      std::string blocks;
      for (int i = 0; i < location.cidr_blocks_size() && i < kShown; ++i) {
        absl::StrAppend(&blocks, i == 0 ? "" : " ", location.cidr_blocks(i));
      }
      if (location.cidr_blocks_size() > kShown) blocks += " …";
      table.add_row({collection.id(), or_dash(collection.name()), location.name(),
                     absl::StrCat(location.cidr_blocks_size()), or_dash(blocks)});
    }
  }
  return show(session, format, collections, table, "no CIDR collections");
}

absl::StatusOr<int> get_overrides(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto places, all_pages(session.client, &Client::list_place_overrides,
                                                v1::ListPlaceOverridesRequest()));
  Table table({{"PREFIX"}, {"CONTINENT"}, {"COUNTRY"}, {"STATE"}, {"CITY"}, {"COORDINATES"}});
  for (const v1::PlaceOverride& place : places.place_overrides())
    table.add_row({place.prefix(), or_dash(place.continent_code()), or_dash(place.country_code()),
                   or_dash(place.subdivision_code()), or_dash(place.city()),
                   place.has_coordinates() ? coordinates_text(place.coordinates()) : "-"});
  return show(session, format, places, table, "no overrides");
}

absl::StatusOr<int> get_regions(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto regions,
                   all_pages(session.client, &Client::list_regions, v1::ListRegionsRequest()));
  Table table({{"REGION"}, {"COORDINATES"}});
  for (const v1::Region& region : regions.regions())
    table.add_row({region.name(), coordinates_text(region.coordinates())});
  return show(session, format, regions, table, "no regions but those of AWS");
}

absl::StatusOr<int> get_traffic_policies(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto policies, all_pages(session.client, &Client::list_traffic_policies,
                                                  v1::ListTrafficPoliciesRequest()));
  Table table({{"TRAFFIC POLICY"},
               {"VERSION", Align::kRight},
               {"TYPE"},
               {"NAME"},
               {"INSTANCES", Align::kRight},
               {"COMMENT"}});
  for (const auto& item : policies.traffic_policies()) {
    const v1::TrafficPolicy& policy = item.traffic_policy();
    table.add_row({policy.id(), absl::StrCat(policy.version()), or_dash(item.type()),
                   or_dash(policy.name()), absl::StrCat(item.instance_count()), policy.comment()});
  }
  return show(session, format, policies, table, "no traffic policies");
}

absl::StatusOr<int> get_aliases(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto aliases, all_pages(session.client, &Client::list_external_aliases,
                                                 v1::ListExternalAliasesRequest()));
  Table table({{"TARGET"},
               {"TYPE"},
               {"TTL", Align::kRight},
               {"AGE", Align::kRight},
               {"STATE"},
               {"RECORDS"}});
  const std::int64_t now = std::time(nullptr);
  for (const auto& item : aliases.external_aliases()) {
    const bool known = item.has_resolved();
    table.add_row(
        {item.name(), item.type(), known ? absl::StrCat(item.ttl(), " s") : "-",
         known ? absl::StrCat(std::max<std::int64_t>(0, now - item.resolved().seconds()), " s")
               : "-",
         item.last_error().empty() ? (known ? "resolved" : "being resolved")
                                   : absl::StrCat("failing: ", item.last_error()),
         or_dash(absl::StrJoin(item.records(), ", "))});
  }
  return show(session, format, aliases, table, "no aliases to names elsewhere");
}

}  // namespace signpost::cli
