// How the target of a check is written, for people and in an HTTP request.
#pragma once

#include <cstdint>
#include <string>

#include "model/config.h"

namespace signpost::health {

// "192.0.2.1:80", "[2001:db8::1]:80".
std::string endpoint_text(const model::HealthCheck& check);

// "http://192.0.2.1:8080/health", "tcp://[2001:db8::1]:53".
std::string target_text(const model::HealthCheck& check);

// The whole GET request of an HTTP check (route53 section 2.2). The Host field is the configured
// host, bare on port 80 and with the port otherwise; without a host it is the bare address. Octets
// of path and host that would end a line or a word are percent-encoded.
std::string request_text(const model::HealthCheck& check);

}  // namespace signpost::health
