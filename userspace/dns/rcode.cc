#include "dns/rcode.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace signpost::dns {
namespace {

constexpr std::array<std::string_view, 11> kNames{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                                  "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                                  "NXRRSET", "NOTAUTH", "NOTZONE"};
constexpr std::string_view kPrefix = "RCODE";
constexpr unsigned kRcodeMax = 4095;

std::string upper_case(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

}  // namespace

std::string rcode_text(unsigned rcode) {
  if (rcode < kNames.size()) return std::string(kNames[rcode]);
  return std::string(kPrefix) + std::to_string(rcode);
}

std::optional<unsigned> parse_rcode(std::string_view text) {
  const std::string upper = upper_case(text);
  const auto found = std::find(kNames.begin(), kNames.end(), upper);
  if (found != kNames.end()) return static_cast<unsigned>(found - kNames.begin());
  if (!upper.starts_with(kPrefix)) return std::nullopt;
  unsigned value = 0;
  const char* end = upper.data() + upper.size();
  const auto read = std::from_chars(upper.data() + kPrefix.size(), end, value);
  if (read.ec != std::errc() || read.ptr != end || value > kRcodeMax) return std::nullopt;
  return value;
}

}  // namespace signpost::dns
