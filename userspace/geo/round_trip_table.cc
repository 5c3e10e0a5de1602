#include "geo/round_trip_table.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/status.h"
#include "dns/text.h"

namespace signpost::geo {
namespace {

constexpr std::string_view kColumns = "prefix,region,milliseconds";
constexpr std::size_t kColumnCount = 3;
using Fields = std::array<std::string_view, kColumnCount>;

struct NumberedRow {
  RoundTripRow row;
  std::size_t line = 0;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// Nothing if there are not three fields.
std::optional<Fields> split(std::string_view line) {
  Fields fields;
  for (std::size_t i = 0; i < kColumnCount; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == kColumnCount)) return std::nullopt;
    fields[i] = trimmed(line.substr(0, comma));
    if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
  }
  return fields;
}

bool names_columns(const Fields& fields) {
  return dns::equals_ignoring_case(absl::StrCat(std::string(fields[0]), ",", std::string(fields[1]),
                                                ",", std::string(fields[2])),
                                   kColumns);
}

absl::StatusOr<RoundTripRow> parse_row(const Fields& fields) {
  RoundTripRow row;
  ASSIGN_OR_RETURN(row.prefix, model::Prefix::parse(fields[0]));
  if (!is_region_name(fields[1])) {
    return invalid_argument(dns::quoted_excerpt(fields[1]),
                            " is no name of a region; use 1 to 64 letters, digits, '-', '_', '.'");
  }
  row.region = std::string(fields[1]);
  const char* const end = fields[2].data() + fields[2].size();
  const auto [stopped, error] = std::from_chars(fields[2].data(), end, row.milliseconds);
  if (error != std::errc() || stopped != end)
    return invalid_argument(dns::quoted_excerpt(fields[2]), " is no number of milliseconds");
  RETURN_IF_ERROR(check_round_trip(row.milliseconds));
  return row;
}

absl::StatusOr<RoundTripTable> without_doubles(std::vector<NumberedRow> rows) {
  const auto before = [](const NumberedRow& a, const NumberedRow& b) {
    if (a.row.prefix != b.row.prefix) return a.row.prefix < b.row.prefix;
    return a.row.region < b.row.region;
  };
  std::stable_sort(rows.begin(), rows.end(), before);
  const auto doubled = std::adjacent_find(
      rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return !before(a, b); });
  if (doubled != rows.end()) {
    return invalid_argument("line ", doubled[1].line, ": gives ", doubled->row.prefix.text(),
                            " and ", doubled->row.region, " again, after line ", doubled->line,
                            "; remove one of them");
  }
  RoundTripTable table;
  table.reserve(rows.size());
  for (NumberedRow& each : rows) table.push_back(std::move(each.row));
  return table;
}

}  // namespace

bool is_region_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return dns::is_letter(c) || dns::is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

absl::Status check_round_trip(double milliseconds) {
  if (milliseconds > 0 && milliseconds <= kRoundTripMax) return absl::OkStatus();
  return invalid_argument("a round-trip time of ", milliseconds, " ms is not above 0 and at most ",
                          kRoundTripMax);
}

absl::StatusOr<RoundTripTable> parse_round_trip_table(std::string_view csv) {
  std::vector<NumberedRow> rows;
  bool is_first = true;
  for (std::size_t number = 1; !csv.empty(); ++number) {
    const std::size_t end = std::min(csv.find('\n'), csv.size());
    const std::string_view line = trimmed(csv.substr(0, end));
    csv.remove_prefix(std::min(end + 1, csv.size()));
    if (line.empty() || line.front() == '#') continue;
    const auto fields = split(line);
    if (!fields)
      return invalid_argument("line ", number, ": has not the fields ", std::string(kColumns));
    const bool is_header = is_first && names_columns(*fields);
    is_first = false;
    if (is_header) continue;
    auto row = parse_row(*fields);
    if (!row.ok()) return annotate(row.status(), absl::StrCat("line ", number));
    rows.push_back({*std::move(row), number});
  }
  return without_doubles(std::move(rows));
}

absl::StatusOr<RoundTripTable> read_round_trip_table(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  if (!file || !content) {
    return not_found(path, ": cannot be read (", std::strerror(errno),
                     "); name a CSV file of round-trip times");
  }
  auto table = parse_round_trip_table(content.str());
  if (!table.ok()) return annotate(table.status(), path);
  return table;
}

}  // namespace signpost::geo
