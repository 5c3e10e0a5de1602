// URLs of the configuration.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "model/health_check.h"

namespace signpost::control {

// Where an http or https URL leads.
struct HttpUrl {
  bool https = false;
  model::ProbeTarget target;  // an address in `address`, a name in `host`
  std::string path;           // with the query; begins with '/'
};

// INVALID_ARGUMENT, with `field` before the message, for anything that is not
// "http[s]://HOST[:PORT]
// [/PATH][?QUERY]" (RFC 9110 section 4.2): user names and fragments are refused.
absl::StatusOr<HttpUrl> parse_http_url(const std::string& text, const std::string& field);

}  // namespace signpost::control
