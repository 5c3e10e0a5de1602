#include "model/countries.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "dns/text.h"

namespace signpost::model {
namespace {

struct Continent {
  const char* code;
  const char* countries;
};

constexpr Continent kContinents[] = {
    {"AF",
     "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR "
     "MU MW MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TG TN TZ UG YT ZA ZM ZW"},
    {"AN", "AQ GS TF"},
    {"AS",
     "AE AF AM AZ BD BH BN BT CC CN GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN "
     "MO MV MY NP OM PH PK PS QA SA SG SY TH TJ TM TW UZ VN YE"},
    {"EU",
     "AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT "
     "LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA XK"},
    {"NA",
     "AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA "
     "PM PR SV SX TC TT US VC VG VI"},
    {"OC", "AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TL TO TV UM VU WF WS"},
    {"SA", "AR BO BR CL CO EC FK GF GY PE PY SR UY VE"},
};

using ContinentsByCountry = absl::flat_hash_map<std::string, std::string>;

const ContinentsByCountry& continents_by_country() {
  static const auto* const table = [] {
    auto* made = new ContinentsByCountry;
    for (const Continent& continent : kContinents) {
      std::istringstream codes(continent.countries);
      for (std::string code; codes >> code;) made->emplace(code, continent.code);
    }
    return made;
  }();
  return *table;
}

const std::string& nothing() {
  static const auto* const empty = new std::string;
  return *empty;
}

}  // namespace

const std::vector<std::string>& countries() {
  static const auto* const list = [] {
    auto* made = new std::vector<std::string>;
    for (const auto& [country, continent] : continents_by_country()) made->push_back(country);
    std::sort(made->begin(), made->end());
    return made;
  }();
  return *list;
}

bool is_country(std::string_view code) { return !continent_of(code).empty(); }

const std::vector<std::string>& continents() {
  static const auto* const list = [] {
    auto* made = new std::vector<std::string>;
    for (const Continent& continent : kContinents) made->emplace_back(continent.code);
    return made;
  }();
  return *list;
}

const std::string& continent_of(std::string_view country) {
  const auto at = continents_by_country().find(std::string(country));
  return at == continents_by_country().end() ? nothing() : at->second;
}

const std::vector<UsState>& us_states() {
  static const auto* const list = new std::vector<UsState>{
      {"AK", "Alaska"},         {"AL", "Alabama"},
      {"AR", "Arkansas"},       {"AZ", "Arizona"},
      {"CA", "California"},     {"CO", "Colorado"},
      {"CT", "Connecticut"},    {"DC", "District of Columbia"},
      {"DE", "Delaware"},       {"FL", "Florida"},
      {"GA", "Georgia"},        {"HI", "Hawaii"},
      {"IA", "Iowa"},           {"ID", "Idaho"},
      {"IL", "Illinois"},       {"IN", "Indiana"},
      {"KS", "Kansas"},         {"KY", "Kentucky"},
      {"LA", "Louisiana"},      {"MA", "Massachusetts"},
      {"MD", "Maryland"},       {"ME", "Maine"},
      {"MI", "Michigan"},       {"MN", "Minnesota"},
      {"MO", "Missouri"},       {"MS", "Mississippi"},
      {"MT", "Montana"},        {"NC", "North Carolina"},
      {"ND", "North Dakota"},   {"NE", "Nebraska"},
      {"NH", "New Hampshire"},  {"NJ", "New Jersey"},
      {"NM", "New Mexico"},     {"NV", "Nevada"},
      {"NY", "New York"},       {"OH", "Ohio"},
      {"OK", "Oklahoma"},       {"OR", "Oregon"},
      {"PA", "Pennsylvania"},   {"RI", "Rhode Island"},
      {"SC", "South Carolina"}, {"SD", "South Dakota"},
      {"TN", "Tennessee"},      {"TX", "Texas"},
      {"UT", "Utah"},           {"VA", "Virginia"},
      {"VT", "Vermont"},        {"WA", "Washington"},
      {"WI", "Wisconsin"},      {"WV", "West Virginia"},
      {"WY", "Wyoming"},
  };
  return *list;
}

std::string us_state_name(std::string_view code) {
  for (const UsState& state : us_states())
    if (state.code == code) return state.name;
  return {};
}

bool is_us_state(std::string_view code) { return !us_state_name(code).empty(); }

const std::string& us_state_code(std::string_view name) {
  for (const UsState& state : us_states())
    if (dns::equals_ignoring_case(state.name, name)) return state.code;
  return nothing();
}

}  // namespace signpost::model
