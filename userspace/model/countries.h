// Countries, continents and US states, as Route 53 routes by them (its Developer Guide,
// resource-record-sets-values-geo).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace signpost::model {

// ISO 3166-1 alpha-2, which are also those that a geolocation record set may name; ascending.
const std::vector<std::string>& countries();

bool is_country(std::string_view code);

// The English name of one of countries(); empty of anything else.
std::string country_name(std::string_view code);

// AF AN AS EU NA OC SA, ascending.
const std::vector<std::string>& continents();

// The continent that `country` is part of. Empty if it is none of countries(), as are the four
// that Route 53 does not support: BV, CX, EH and HM.
const std::string& continent_of(std::string_view country);

// The states of the US and the District of Columbia. Territories, as Puerto Rico, are countries.
struct UsState {
  std::string code;  // ISO 3166-2 without "US-"
  std::string name;  // English
};

// Ascending by code.
const std::vector<UsState>& us_states();

bool is_us_state(std::string_view code);

// The name of one of us_states(); empty of anything else.
std::string us_state_name(std::string_view code);

// The code of the state with that English name, whatever its case; empty if there is none.
const std::string& us_state_code(std::string_view name);

}  // namespace signpost::model
