// HTTP and HTTPS checks between the schema and the model.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "model/health_check.h"

namespace signpost::v1 {
class HttpProbe;
}

namespace signpost::control {

absl::StatusOr<model::HttpProbe> http_from_proto(const v1::HttpProbe& in, bool https,
                                                 const std::string& path);

void http_to_proto(const model::HttpProbe& probe, v1::HttpProbe& out);

}  // namespace signpost::control
