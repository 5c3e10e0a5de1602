// What HTTP probes send.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/health_check.h"

namespace signpost::health {

// The whole request of an HTTP check (route53 section 2.2). The Host field is the configured host,
// bare on the default port and with the port otherwise; without a host it is the bare address. A
// header of the check takes the place of ours of that name. Without `keep` the server is asked to
// close the connection. Octets that would end a line or a word
// are percent-encoded in path, host and id, and left out of headers.
std::string request_text(const model::HttpProbe& probe, std::string_view check_id, bool keep);

// A GET request for the query of a metric check.
std::string request_text(const model::MetricCheck& check, std::string_view check_id, bool keep);

}  // namespace signpost::health
