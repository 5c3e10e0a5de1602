// What the services share: statuses, pages, times.
#pragma once

#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "base/status.h"
#include "model/tags.h"

namespace signpost::control {

// The same code; the message cut to what fits into the trailers of a reply.
grpc::Status to_grpc(const absl::Status& status);

// Whom a change is attributed to: identity_of() the caller.
std::string author_of(const grpc::ServerContext& context);

inline constexpr std::uint32_t kPageSizeDefault = 100;
inline constexpr std::uint32_t kPageSizeMax = 1000;
std::size_t page_size(std::uint32_t asked);

// Page tokens are opaque to clients: the key of the last item, in hexadecimal. INVALID_ARGUMENT for
// one that is not ours.
std::string to_token(std::string_view key);
absl::StatusOr<std::string> from_token(const std::string& token);
// Where the token is of a number: the number, above 0; 0 for an empty token, the first page.
absl::StatusOr<std::int64_t> number_from_token(const std::string& token);

// The field `selector` of a request.
absl::StatusOr<model::TagSelector> read_selector(const std::string& text);

void set_time(std::chrono::system_clock::time_point time, google::protobuf::Timestamp& out);
std::chrono::system_clock::time_point time_of(const google::protobuf::Timestamp& in);

// One page of `keys`, which are sorted here: those after the token's.
struct Page {
  std::vector<std::string> keys;
  std::string next_token;  // empty: the last page
};
absl::StatusOr<Page> page_of(std::vector<std::string> keys, std::uint32_t asked,
                             const std::string& token);

}  // namespace signpost::control
