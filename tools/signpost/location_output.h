// Locations of clients, for people.
#pragma once

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

// Of which data the map of clients is made, a line each.
void print_location_data(Session& session, const v1::LocationData& data);

}  // namespace signpost::cli
