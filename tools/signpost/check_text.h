// Health checks of configurations, in words.
#pragma once

#include <string>

#include "signpost/v1/config.pb.h"

namespace signpost::cli {

// What a check looks at: "https://192.0.2.1:443/health", "dns://192.0.2.53:53", "2 of a, b, c".
std::string target_text(const v1::HealthCheck& check);

}  // namespace signpost::cli
