#include "signpost/error_places.h"

#include <set>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/name.h"

namespace signpost::cli {
namespace {

constexpr int kMostPlaces = 10;

// The names that follow "DNS name " in the message.
std::set<dns::Name> names_in(std::string_view message) {
  constexpr std::string_view kMark = "DNS name ";
  std::set<dns::Name> names;
  for (std::size_t at = message.find(kMark); at != std::string_view::npos;
       at = message.find(kMark, at)) {
    at += kMark.size();
    const std::string_view text = message.substr(at, message.find_first_of(" ,]", at) - at);
    const absl::StatusOr<dns::Name> name = dns::Name::parse_with_view(text);
    const bool is_whole = text.ends_with('.') || text.find(".@") != std::string_view::npos;
    if (is_whole && name.ok()) names.insert(*name);
  }
  return names;
}

std::string codes_of(const v1::GeolocationPolicy& location) {
  if (!location.continent_code().empty())
    return absl::StrCat("continent = ", location.continent_code());
  return absl::StrCat(
      "country = ", location.country_code(),
      location.subdivision_code().empty() ? "" : " subdivision = ", location.subdivision_code());
}

// What an error about the set's policy says where it does not tell the set's name; "": nothing.
std::string complaint_of(const v1::RecordSet& set) {
  switch (set.policy_case()) {
    case v1::RecordSet::kLatency:
      return absl::StrCat("Cannot find region '", set.latency().region(), "'.");
    case v1::RecordSet::kGeolocation:
      return absl::StrCat("Cannot find location: '", codes_of(set.geolocation()), "'.");
    case v1::RecordSet::kGeoproximity: {
      const v1::GeoproximityPolicy& site = set.geoproximity();
      return absl::StrCat(" = ", site.aws_region(), site.local_zone_group(), ". No changes made.");
    }
    case v1::RecordSet::kMultivalue:
      return set.has_alias_target() ? "Multivalue answer rrset should not be an alias rrset." : "";
    default:
      return "";
  }
}

// "\nFILE:LINE: www.example.com. A" for each record set that the message is about, of many the
// first ones.
std::string places_of(std::string_view message, const LoadedConfig& loaded) {
  const std::set<dns::Name> names = names_in(message);
  // All that tell no name end so. Of other errors the record sets, which may be millions, are left
  // alone.
  if (names.empty() && message.find("No changes made.") == std::string_view::npos) return "";
  std::string places;
  int found = 0;
  for (int i = 0; i < loaded.config.zones_size(); ++i) {
    const v1::Zone& zone = loaded.config.zones(i);
    const absl::StatusOr<dns::Name> apex = dns::Name::parse_with_view(zone.name());
    for (int j = 0; apex.ok() && j < zone.record_sets_size(); ++j) {
      const v1::RecordSet& set = zone.record_sets(j);
      const absl::StatusOr<dns::Name> owner = dns::Name::parse(set.name(), *apex);
      if (!owner.ok()) continue;
      const std::string complaint = complaint_of(set);
      const bool is_meant =
          names.contains(*owner) ||
          (!complaint.empty() && message.find(complaint) != std::string_view::npos);
      if (!is_meant || found++ >= kMostPlaces) continue;
      absl::StrAppend(&places, "\n",
                      loaded.sources.find(absl::StrCat("zones[", i, "].record_sets[", j, "]")),
                      ": ", owner->text(), " ", set.type(), set.set_identifier().empty() ? "" : " ",
                      set.set_identifier());
    }
  }
  if (found > kMostPlaces)
    absl::StrAppend(&places, "\n… and ", found - kMostPlaces, " more record sets");
  return places;
}

}  // namespace

absl::Status with_places(const absl::Status& status, const LoadedConfig& loaded) {
  absl::Status located = loaded.sources.locate(status);
  if (located != status || status.ok()) return located;
  const std::string message(status.message());
  return absl::Status(status.code(), message + places_of(message, loaded));
}

}  // namespace signpost::cli
