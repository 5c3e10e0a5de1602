// Failover arithmetic in words.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <string>

#include "signpost/session.h"

namespace signpost::v1 {
class FailoverTime;
}

namespace signpost::cli {

// "within 129.02 s at worst: check web notices within 69 s, published in 0.02 s, TTL 60 s".
std::string failover_text(const v1::FailoverTime& time);

// The longest of them under a heading; nothing if there are none.
void print_failover_times(Session& session,
                          const google::protobuf::RepeatedPtrField<v1::FailoverTime>& times);

}  // namespace signpost::cli
