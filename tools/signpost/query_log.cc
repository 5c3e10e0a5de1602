#include "signpost/query_log.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/status.h"
#include "dns/rr_type.h"

namespace signpost::cli {
namespace {

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (line = trimmed(line); !line.empty();) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line = trimmed(line.substr(end));
  }
  return words;
}

// Calls on_line(line, "FILE:LINE") for each line with content.
absl::Status for_each_line(
    std::string_view text, const std::string& file,
    const std::function<absl::Status(std::string_view, const std::string&)>& on_line) {
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    RETURN_IF_ERROR(on_line(line, absl::StrCat(file, ":", number)));
  }
  return absl::OkStatus();
}

// An address, or a prefix without bits behind its length.
bool is_client(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  std::array<unsigned char, 16> octets{};
  const bool is_ipv4 = ::inet_pton(AF_INET, address.c_str(), octets.data()) == 1;
  if (!is_ipv4 && ::inet_pton(AF_INET6, address.c_str(), octets.data()) != 1) return false;
  if (slash == std::string::npos) return true;
  const auto length = number_of<unsigned>(std::string_view(text).substr(slash + 1));
  const unsigned bits = is_ipv4 ? 32 : 128;
  if (!length || *length > bits) return false;
  for (unsigned bit = *length; bit < bits; ++bit)
    if ((octets[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

}  // namespace

absl::Status read_query_log(
    std::string_view text, const std::string& file,
    const std::function<absl::Status(const CapturedQuery&, std::uint64_t)>& on_query) {
  return for_each_line(text, file, [&](std::string_view line, const std::string& place) {
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() != 3 && words.size() != 4)
      return invalid_argument(place, ": has ", words.size(),
                              " words; use CLIENT NAME TYPE, and a count if it is not 1");
    CapturedQuery query;
    if (words[0] != "-") query.client = std::string(words[0]);
    if (words[0] != "-" && !is_client(query.client))
      return invalid_argument(place, ": \"", query.client,
                              "\" is no address, prefix without bits behind it, or -");
    const auto name = dns::Name::parse(words[1]);
    if (!name.ok()) return annotate(name.status(), place);
    query.name = *name;
    const auto type = dns::parse_rr_type(words[2]);
    if (!type)
      return invalid_argument(place, ": \"", std::string(words[2]), "\" is not a record type");
    query.type = *type;
    const auto count = words.size() == 4 ? number_of<std::uint64_t>(words[3]) : 1;
    if (!count || *count == 0)
      return invalid_argument(place, ": the count is not a whole number above 0");
    return on_query(query, *count);
  });
}

absl::StatusOr<std::vector<DemandLine>> read_demand(std::string_view text,
                                                    const std::string& file) {
  std::vector<DemandLine> demand;
  bool first = true;
  const absl::Status read =
      for_each_line(text, file, [&](std::string_view line, const std::string& place) {
        if (std::exchange(first, false) && line == "prefix,queries") return absl::OkStatus();
        const std::size_t comma = std::min(line.find(','), line.size());
        const std::string prefix(trimmed(line.substr(0, comma)));
        const auto queries =
            number_of<double>(trimmed(line.substr(std::min(comma + 1, line.size()))));
        if (!is_client(prefix))
          return invalid_argument(place, ": \"", prefix,
                                  "\" is no address or prefix without bits behind it");
        if (!queries || !std::isfinite(*queries) || *queries < 0)
          return invalid_argument(place,
                                  ": behind the prefix there must be a comma and a number "
                                  "of queries per second");
        if (*queries > 0) demand.push_back({prefix, *queries});
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(read);
  if (demand.empty()) return invalid_argument(file, ": holds no queries");
  return demand;
}

absl::StatusOr<DemandLine> read_capacity(const std::string& argument) {
  const std::size_t equals = argument.rfind('=');
  const auto queries = equals == std::string::npos
                           ? std::nullopt
                           : number_of<double>(std::string_view(argument).substr(equals + 1));
  if (!queries || equals == 0 || !std::isfinite(*queries) || *queries <= 0)
    return invalid_argument("--capacity: \"", argument,
                            "\" is not ENDPOINT=QUERIES, such as 192.0.2.1=5000");
  return DemandLine{argument.substr(0, equals), *queries};
}

}  // namespace signpost::cli
