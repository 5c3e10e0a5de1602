#include "control/service_support.h"

#include <charconv>
#include <string_view>

#include "control/access/caller.h"

namespace signpost::control {
namespace {

// Trailers are limited to 8 KiB, and octets other than visible ASCII become three there.
constexpr std::size_t kMessageMax = 2500;

}  // namespace

grpc::Status to_grpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  std::string message(status.message());
  if (message.size() > kMessageMax) {
    message.resize(kMessageMax);
    message += " …";
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message);
}

std::string author_of(const grpc::ServerContext& context) {
  return identity_of(caller_of(context));
}

std::size_t page_size(std::uint32_t asked) {
  return asked == 0 ? kPageSizeDefault : std::min(asked, kPageSizeMax);
}

std::string to_token(std::string_view key) {
  return absl::BytesToHexString({key.data(), key.size()});
}

absl::StatusOr<std::string> from_token(const std::string& token) {
  const bool hexadecimal =
      token.size() % 2 == 0 && token.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hexadecimal)
    return invalid_argument("page_token: is not one of a page before; leave it out");
  return absl::HexStringToBytes(token);
}

absl::StatusOr<std::int64_t> number_from_token(const std::string& token) {
  std::int64_t number = 0;
  if (token.empty()) return number;
  ASSIGN_OR_RETURN(const std::string text, from_token(token));
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || number <= 0)
    return invalid_argument("page_token: is not one of ours");
  return number;
}

absl::StatusOr<model::TagSelector> read_selector(const std::string& text) {
  absl::StatusOr<model::TagSelector> selector = model::TagSelector::parse(text);
  if (!selector.ok()) return annotate(selector.status(), "selector");
  return selector;
}

void set_time(std::chrono::system_clock::time_point time, google::protobuf::Timestamp& out) {
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  out.set_seconds(nanoseconds / 1'000'000'000);
  out.set_nanos(static_cast<std::int32_t>(nanoseconds % 1'000'000'000));
}

std::chrono::system_clock::time_point time_of(const google::protobuf::Timestamp& in) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(
          std::chrono::seconds(in.seconds()) + std::chrono::nanoseconds(in.nanos())));
}

absl::StatusOr<Page> page_of(std::vector<std::string> keys, std::uint32_t asked,
                             const std::string& token) {
  ASSIGN_OR_RETURN(const std::string last, from_token(token));
  std::sort(keys.begin(), keys.end());
  auto from = token.empty() ? keys.begin() : std::upper_bound(keys.begin(), keys.end(), last);
  const std::size_t left = static_cast<std::size_t>(keys.end() - from);
  const std::size_t size = std::min(left, page_size(asked));
  Page page;
  page.keys.assign(from, from + static_cast<std::ptrdiff_t>(size));
  if (size < left) page.next_token = to_token(page.keys.back());
  return page;
}

}  // namespace signpost::control
