// Location (RFC 1876).
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dns/fields.h"

namespace signpost::dns {
namespace {

using MaybeProblem = std::optional<Problem>;

constexpr std::size_t kSize = 16;
constexpr std::int64_t kEquator = std::int64_t{1} << 31;  // thousandths of a second of arc
constexpr std::int64_t kDegree = 3600 * 1000;
constexpr std::int64_t kAltitudeBase = 100'000 * 100;  // centimetres below the ellipsoid
constexpr std::int64_t kMaxAltitude = 0xffffffff - kAltitudeBase;
constexpr std::uint64_t kMaxDistance = 9'000'000'000;  // centimetres

constexpr Problem kBadAngle{{}, {}, "write degrees [minutes [seconds]] and N, S, E or W"};
constexpr Problem kBadAltitude{{}, {}, "write metres from -100000.00 to 42849672.95"};
constexpr Problem kBadDistance{{}, {}, "write metres from 0 to 90000000.00"};

// A decimal number with at most `decimals` digits behind the point, times 10^decimals.
std::optional<std::uint64_t> parse_fixed(std::string_view text, std::size_t decimals,
                                         std::uint64_t max) {
  const std::size_t point = text.find('.');
  std::string digits(text.substr(0, point));
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (digits.empty() || fraction.size() > decimals) return std::nullopt;
  digits += fraction;
  digits.append(decimals - fraction.size(), '0');
  return parse_decimal(digits, max);
}

// Degrees, minutes and seconds up to the letter `positive` or `negative`.
MaybeProblem parse_angle(TokenReader& tokens, char positive, char negative,
                         std::int64_t max_degrees, std::string& wire) {
  std::int64_t angle = 0;
  for (int part = 0; !tokens.at_end(); ++part) {
    const std::string_view text = tokens.take().text;
    const char direction = text.size() == 1 ? to_lower(text[0]) : '\0';
    if (part > 0 && (direction == positive || direction == negative)) {
      if (angle > max_degrees * kDegree) return kBadAngle;
      append_integer(
          static_cast<std::uint64_t>(kEquator + (direction == positive ? angle : -angle)), 4, wire);
      return std::nullopt;
    }
    std::optional<std::uint64_t> value;
    if (part == 0) value = parse_decimal(text, static_cast<std::uint64_t>(max_degrees));
    if (part == 1) value = parse_decimal(text, 59);
    if (part == 2) value = parse_fixed(text, 3, 59'999);
    if (!value) return kBadAngle;
    constexpr std::array<std::int64_t, 3> kUnits = {kDegree, 60'000, 1};
    angle += static_cast<std::int64_t>(*value) * kUnits[static_cast<std::size_t>(part)];
  }
  return kBadAngle;
}

std::string_view without_unit(std::string_view text) {
  if (!text.empty() && to_lower(text.back()) == 'm') text.remove_suffix(1);
  return text;
}

MaybeProblem parse_altitude(TokenReader& tokens, std::string& wire) {
  if (tokens.at_end()) return kBadAltitude;
  std::string_view text = without_unit(tokens.take().text);
  const bool below = text.starts_with('-');
  if (below) text.remove_prefix(1);
  const auto value =
      parse_fixed(text, 2, static_cast<std::uint64_t>(below ? kAltitudeBase : kMaxAltitude));
  if (!value) return kBadAltitude;
  const auto centimetres = static_cast<std::int64_t>(*value);
  append_integer(static_cast<std::uint64_t>(kAltitudeBase + (below ? -centimetres : centimetres)),
                 4, wire);
  return std::nullopt;
}

// A mantissa in the high four bits and a power of ten in the low ones, in centimetres.
MaybeProblem parse_distance(TokenReader& tokens, std::uint64_t if_absent, std::string& wire) {
  std::optional<std::uint64_t> value = if_absent;
  if (!tokens.at_end()) value = parse_fixed(without_unit(tokens.take().text), 2, kMaxDistance);
  if (!value) return kBadDistance;
  unsigned exponent = 0;
  for (; *value > 9; ++exponent) *value /= 10;
  append_integer(*value << 4 | exponent, 1, wire);
  return std::nullopt;
}

// Version, size and the two precisions stand before the angles and the altitude on the wire only.
MaybeProblem parse_location(TokenReader& tokens, std::string& wire) {
  std::string place;
  if (auto problem = parse_angle(tokens, 'n', 's', 90, place)) return problem;
  if (auto problem = parse_angle(tokens, 'e', 'w', 180, place)) return problem;
  if (auto problem = parse_altitude(tokens, place)) return problem;
  wire += '\0';
  for (const std::uint64_t if_absent : {100, 1'000'000, 1'000}) {
    if (auto problem = parse_distance(tokens, if_absent, wire)) return problem;
  }
  wire += place;
  return std::nullopt;
}

bool is_distance(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  const unsigned mantissa = value >> 4;
  const unsigned exponent = value & 15;
  return mantissa <= 9 && exponent <= 9 && (mantissa > 0 || exponent == 0);
}

std::int64_t angle_of(std::string_view field) {
  return static_cast<std::int64_t>(read_integer(field)) - kEquator;
}

std::optional<std::size_t> measure_location(std::string_view rest) {
  if (rest.size() < kSize || rest[0] != 0) return std::nullopt;
  if (!is_distance(rest[1]) || !is_distance(rest[2]) || !is_distance(rest[3])) return std::nullopt;
  const auto is_within = [](std::int64_t angle, std::int64_t degrees) {
    return angle >= -degrees * kDegree && angle <= degrees * kDegree;
  };
  if (!is_within(angle_of(rest.substr(4, 4)), 90) || !is_within(angle_of(rest.substr(8, 4)), 180))
    return std::nullopt;
  return kSize;
}

void format_angle(std::int64_t angle, char positive, char negative, std::string& text) {
  const std::int64_t size = angle < 0 ? -angle : angle;
  absl::StrAppendFormat(&text, "%d %d %d.%03d %c ", size / kDegree, size / 60'000 % 60,
                        size / 1'000 % 60, size % 1'000, angle < 0 ? negative : positive);
}

void format_centimetres(std::int64_t value, std::string& text) {
  const std::int64_t size = value < 0 ? -value : value;
  absl::StrAppendFormat(&text, "%s%d.%02dm", value < 0 ? "-" : "", size / 100, size % 100);
}

void format_location(std::string_view field, std::string& text) {
  format_angle(angle_of(field.substr(4, 4)), 'N', 'S', text);
  format_angle(angle_of(field.substr(8, 4)), 'E', 'W', text);
  format_centimetres(static_cast<std::int64_t>(read_integer(field.substr(12, 4))) - kAltitudeBase,
                     text);
  for (const char octet : field.substr(1, 3)) {
    std::int64_t distance = static_cast<unsigned char>(octet) >> 4;
    for (int exponent = octet & 15; exponent > 0; --exponent) distance *= 10;
    text += ' ';
    format_centimetres(distance, text);
  }
}

}  // namespace

const FieldKind kLocationField{parse_location, measure_location, format_location};

}  // namespace signpost::dns
