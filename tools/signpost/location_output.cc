#include "signpost/location_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "signpost/commands/show.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

void line(Session& session, const std::string& name, const std::string& text) {
  session.out << "  " << name << std::string(name.size() < 16 ? 16 - name.size() : 1, ' ')
              << printable(text) << "\n";
}

}  // namespace

std::string place_text(const v1::ClientLocation& location) {
  std::string text;
  for (const std::string& part : {location.city(), location.subdivision_code(),
                                  location.country_code(), location.continent_code()}) {
    if (!part.empty()) absl::StrAppend(&text, text.empty() ? "" : ", ", part);
  }
  if (location.has_coordinates()) {
    absl::StrAppend(&text, text.empty() ? "" : " ", "(", coordinates_text(location.coordinates()),
                    ")");
  }
  if (text.empty()) return "unknown";
  return text + (location.source() == v1::ClientLocation::OVERRIDE ? ", from an override"
                                                                   : ", from the geographic data");
}

std::string unlocated_text(const v1::LocationData& data) {
  return absl::StrCat(data.located_answers(), ", of which ",
                      percent(data.unlocated_answers(), data.located_answers()),
                      " to clients of unknown place");
}

void print_location(Session& session, const v1::ClientLocation& location) {
  line(session, "place", place_text(location));
  line(session, "the same for",
       absl::StrCat("all of ", location.prefix(), ", locality ", location.locality()));
  for (const auto& match : location.cidr_matches()) {
    line(session, absl::StrCat("in ", match.collection_id()),
         absl::StrJoin(match.location_names(), ", then "));
  }
  for (const auto& time : location.round_trips()) {
    const std::string origin =
        time.measured() ? absl::StrCat("measured, ", count_text(time.samples(), "sample"))
                        : std::string("from the table");
    line(session, absl::StrCat("to ", time.region()),
         absl::StrFormat("%.1f ms, %s, for %s", time.milliseconds(), origin, time.prefix()));
  }
}

void print_location_data(Session& session, const v1::LocationData& data) {
  line(session, "data", data.path().empty() ? "none; give signpostd --geo-data" : data.path());
  if (data.has_built()) {
    line(session, "made", absl::StrCat(format_time(data.built()), ", ", data.database_type()));
  }
  if (!data.latency_table().empty()) {
    line(session, "latencies",
         absl::StrCat(data.latency_table(), ", ", count_text(data.latency_rows(), "row")));
  }
  line(session, "besides",
       absl::StrCat(count_text(data.place_overrides(), "override"), ", ",
                    count_text(data.cidr_collections(), "CIDR collection"), ", ",
                    count_text(data.round_trips(), "measured round trip")));
  line(session, "map",
       absl::StrCat(data.localities(), " localities, ", data.prefixes(), " prefixes, ",
                    data.cells() >> 14, " MiB"));
  if (data.has_loaded()) {
    line(session, "made of them",
         absl::StrFormat("%s, in %.1f s", format_time(data.loaded()),
                         static_cast<double>(data.load_milliseconds()) / 1000));
  }
  line(session, "answers by it", unlocated_text(data));
  if (data.too_old()) {
    line(session, "warning", session.paint(Colour::kYellow, "the geographic data are old"));
  }
  if (data.too_many_unlocated()) {
    line(session, "warning",
         session.paint(Colour::kYellow, "many clients are not in the geographic data"));
  }
  if (!data.last_error().empty()) {
    session.out << "  " << session.paint(Colour::kRed, "last load failed") << "  "
                << printable(data.last_error()) << "\n";
  }
}

}  // namespace signpost::cli
