// Configurations as the messages of an Apply or Plan stream.
#pragma once

#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "signpost/client.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {

// Gives the next configuration to send; nothing at the end.
using NextConfig = std::function<absl::StatusOr<std::optional<v1::Config>>()>;

// The parts of one stream, each well below gRPC's limit of 4 MB: a zone that is larger continues in
// the next part.
Client::Parts parts_of(const v1::ApplyOptions& options, NextConfig next);

// A source of one configuration.
NextConfig only(v1::Config config);

}  // namespace signpost::cli
