// Failover arithmetic in words.
#pragma once

#include <string>

namespace signpost::v1 {
class FailoverTime;
}

namespace signpost::cli {

// "within 129.02 s at worst: check web notices within 69 s, published in 0.02 s, TTL 60 s".
std::string failover_text(const v1::FailoverTime& time);

}  // namespace signpost::cli
