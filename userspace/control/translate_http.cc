#include "control/translate_http.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "base/status.h"
#include "control/translate_target.h"
#include "health/search_pattern.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kSearchMax = 255;  // route53-semantics 2.1
constexpr std::size_t kHeadersMax = 32;
constexpr std::size_t kHeaderMax = 1024;
constexpr unsigned kStatusMin = 100;
constexpr unsigned kStatusMax = 599;

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";  // RFC 9110 section 5.6.2
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || kOthers.find(c) != std::string_view::npos;
  });
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

absl::Status check_header(const v1::HttpHeader& header, const std::string& path) {
  constexpr std::array<std::string_view, 4> kOurs{"host", "connection", "content-length",
                                                  "transfer-encoding"};
  if (!is_token(header.name())) {
    return invalid_argument(path, ".name: \"", header.name(), "\" is not the name of a header");
  }
  if (std::find(kOurs.begin(), kOurs.end(), lower_case(header.name())) != kOurs.end()) {
    return invalid_argument(path, ".name: ", header.name(),
                            " can't be set; the host is fully_qualified_domain_name");
  }
  const bool fits = std::all_of(header.value().begin(), header.value().end(),
                                [](char c) { return (c >= 0x20 && c < 0x7f) || c == '\t'; });
  if (!fits || header.value().size() > kHeaderMax) {
    return invalid_argument(path, ".value: is not allowed; use at most 1024 ASCII characters");
  }
  return absl::OkStatus();
}

absl::Status read_headers(const v1::HttpProbe& in, const std::string& path, model::HttpProbe& out) {
  if (static_cast<std::size_t>(in.headers_size()) > kHeadersMax) {
    return invalid_argument(path, ".headers: has ", in.headers_size(), "; use at most 32");
  }
  for (int i = 0; i < in.headers_size(); ++i) {
    const v1::HttpHeader& header = in.headers(i);
    RETURN_IF_ERROR(check_header(header, absl::StrCat(path, ".headers[", i, "]")));
    out.headers.emplace_back(header.name(), header.value());
  }
  return absl::OkStatus();
}

bool read_status(std::string_view text, unsigned& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && out >= kStatusMin &&
         out <= kStatusMax;
}

// "204" or "200-299".
absl::StatusOr<model::StatusCodeRange> read_range(const std::string& text,
                                                  const std::string& path) {
  model::StatusCodeRange range;
  const std::size_t dash = text.find('-');
  const bool first = read_status(std::string_view(text).substr(0, dash), range.first);
  const bool last = dash == std::string::npos
                        ? (range.last = range.first, true)
                        : read_status(std::string_view(text).substr(dash + 1), range.last);
  if (!first || !last || range.first > range.last) {
    return invalid_argument(path, ": \"", text,
                            "\" is not a status code or a range of them; use for example 204 or "
                            "200-299");
  }
  return range;
}

absl::Status read_search(const v1::HttpProbe& in, const std::string& path, model::HttpProbe& out) {
  out.search_string = in.search_string();
  out.search_pattern = in.search_pattern();
  if (out.search_string.size() > kSearchMax) {
    return invalid_argument(path, ".search_string: is too long; use at most 255 octets");
  }
  if (out.search_pattern.size() > kSearchMax) {
    return invalid_argument(path, ".search_pattern: is too long; use at most 255 octets");
  }
  if (!out.search_pattern.empty()) {
    const absl::Status compiled = health::compile_search_pattern(out.search_pattern).status();
    if (!compiled.ok()) {
      return invalid_argument(path, ".search_pattern: ", std::string(compiled.message()));
    }
  }
  const bool searches = !out.search_string.empty() || !out.search_pattern.empty();
  if (searches && out.method == "HEAD") {
    return invalid_argument(path, ".method: a reply to HEAD has no body to search; use GET");
  }
  return absl::OkStatus();
}

absl::Status read_method(const v1::HttpProbe& in, const std::string& path, model::HttpProbe& out) {
  constexpr std::array<std::string_view, 4> kMethods{"GET", "HEAD", "OPTIONS", "POST"};
  if (!in.method().empty()) out.method = in.method();
  if (std::find(kMethods.begin(), kMethods.end(), out.method) == kMethods.end()) {
    return invalid_argument(path, ".method: \"", out.method,
                            "\" is not allowed; use GET, HEAD, OPTIONS or POST");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<model::HttpProbe> http_from_proto(const v1::HttpProbe& in, bool https,
                                                 const std::string& path) {
  model::HttpProbe out;
  const std::uint32_t default_port = https ? 443 : 80;
  ASSIGN_OR_RETURN(out.target, target_of(in, in.has_port() ? in.port() : default_port, path));
  ASSIGN_OR_RETURN(out.resource_path, read_resource_path(in.resource_path(), path));
  RETURN_IF_ERROR(read_method(in, path, out));
  RETURN_IF_ERROR(read_headers(in, path, out));
  for (int i = 0; i < in.expected_status_codes_size(); ++i) {
    ASSIGN_OR_RETURN(const model::StatusCodeRange range,
                     read_range(in.expected_status_codes(i),
                                absl::StrCat(path, ".expected_status_codes[", i, "]")));
    out.expected_status_codes.push_back(range);
  }
  RETURN_IF_ERROR(read_search(in, path, out));
  if (in.has_tls() && !https) {
    return invalid_argument(path,
                            ".tls: Health checks with HTTP type must not enable SNI support; use "
                            "https in place of http");
  }
  ASSIGN_OR_RETURN(out.tls, tls_of(in, path));
  if (https && !out.tls) out.tls.emplace();
  return out;
}

void http_to_proto(const model::HttpProbe& probe, v1::HttpProbe& out) {
  write_target(probe.target, out);
  out.set_resource_path(probe.resource_path);
  out.set_method(probe.method);
  for (const auto& [name, value] : probe.headers) {
    v1::HttpHeader& header = *out.add_headers();
    header.set_name(name);
    header.set_value(value);
  }
  for (const model::StatusCodeRange& range : probe.expected_status_codes) {
    out.add_expected_status_codes(range.first == range.last
                                      ? absl::StrCat(range.first)
                                      : absl::StrCat(range.first, "-", range.last));
  }
  out.set_search_string(probe.search_string);
  out.set_search_pattern(probe.search_pattern);
  if (probe.tls) write_tls(*probe.tls, *out.mutable_tls());
}

}  // namespace signpost::control
