#include "signpost/error_places.h"

#include <set>
#include <string_view>

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

// "\nFILE:LINE: www.example.com. A" for each record set of these names, of many the first ones.
std::string places_of(const std::set<dns::Name>& names, const LoadedConfig& loaded) {
  std::string places;
  int found = 0;
  for (int i = 0; i < loaded.config.zones_size() && !names.empty(); ++i) {
    const v1::Zone& zone = loaded.config.zones(i);
    const absl::StatusOr<dns::Name> apex = dns::Name::parse_with_view(zone.name());
    for (int j = 0; apex.ok() && j < zone.record_sets_size(); ++j) {
      const v1::RecordSet& set = zone.record_sets(j);
      const absl::StatusOr<dns::Name> owner = dns::Name::parse(set.name(), *apex);
      if (!owner.ok() || !names.contains(*owner) || found++ >= kMostPlaces) continue;
      absl::StrAppend(&places, "\n",
                      loaded.sources.find(absl::StrCat("zones[", i, "].record_sets[", j, "]")),
                      ": ", owner->text(), " ", set.type(), set.set_identifier().empty() ? "" : " ",
                      set.set_identifier());
    }
  }
  if (found > kMostPlaces)
    absl::StrAppend(&places, "\n… and ", found - kMostPlaces, " more with these names");
  return places;
}

}  // namespace

absl::Status with_places(const absl::Status& status, const LoadedConfig& loaded) {
  absl::Status located = loaded.sources.locate(status);
  if (located != status || status.ok()) return located;
  const std::string message(status.message());
  return absl::Status(status.code(), message + places_of(names_in(message), loaded));
}

}  // namespace signpost::cli
