// Locations of clients, for people.
#pragma once

#include <string>

#include "signpost/session.h"

namespace signpost::v1 {
class ClientLocation;
class LocationData;
}  // namespace signpost::v1

namespace signpost::cli {

// "San Francisco, CA, US, NA (37.77,-122.42), from an override"; "unknown".
std::string place_text(const v1::ClientLocation& location);

// All that is known of the client, a line each.
void print_location(Session& session, const v1::ClientLocation& location);

// "1000, of which 12.5 % to clients of unknown place".
std::string unlocated_text(const v1::LocationData& data);

// Of which data the map of clients is made, a line each.
void print_location_data(Session& session, const v1::LocationData& data);

}  // namespace signpost::cli
