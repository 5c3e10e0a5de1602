#include "geo/round_trip_samples.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "base/status.h"
#include "dns/text.h"
#include "geo/round_trip_table.h"
#include "model/locality_map.h"

namespace signpost::geo {
namespace {

constexpr std::string_view kFirstLine = "signpost round-trip samples 1";
constexpr float kHeaviest = 1e30F;
constexpr std::int64_t kLatestSecond = std::int64_t{1} << 40;

// Cuts `line` before the next `separator`, and removes that too.
std::string_view take(std::string_view& line, char separator) {
  const std::size_t end = std::min(line.find(separator), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end && !text.empty() ? std::optional(number)
                                                                 : std::nullopt;
}

void append_float(std::string& text, float number) {
  std::array<char, 32> octets;  // the shortest form that reads back as the same number
  const auto [end, error] = std::to_chars(octets.data(), octets.data() + octets.size(), number);
  text.append(octets.data(), end);
}

// INDEX:WEIGHT, separated by spaces.
std::optional<std::vector<DecayingMedian::Bucket>> parse_buckets(std::string_view text) {
  std::vector<DecayingMedian::Bucket> buckets;
  while (!text.empty()) {
    std::string_view bucket = take(text, ' ');
    const auto index = parse_number<std::uint16_t>(take(bucket, ':'));
    const auto weight = parse_number<float>(bucket);
    const bool ascends = buckets.empty() || (index && *index > buckets.back().index);
    if (!index || *index > DecayingMedian::kLargestIndex || !ascends) return std::nullopt;
    if (!weight || !(*weight > 0 && *weight < kHeaviest)) return std::nullopt;
    buckets.push_back({*index, *weight});
  }
  if (buckets.empty() || buckets.size() > DecayingMedian::kBucketsMax) return std::nullopt;
  return buckets;
}

}  // namespace

absl::Status RoundTripSamples::add(const model::Prefix& prefix, std::string_view region,
                                   double milliseconds, std::chrono::sys_seconds now) {
  RETURN_IF_ERROR(check_round_trip(milliseconds));
  if (!is_region_name(region)) {
    return invalid_argument(dns::quoted_excerpt(region),
                            " is no name of a region; use 1 to 64 letters, digits, '-', '_', '.'");
  }
  const auto known = by_key_.find(key(prefix, region));
  const auto pair =
      known != by_key_.end() ? known->second : put({prefix, std::string(region), {}, 0, now});
  pairs_.splice(pairs_.end(), pairs_, pair);
  pair->median.add(milliseconds, now - pair->last, options_.half_life);
  pair->last = std::max(pair->last, now);
  if (pair->samples < std::numeric_limits<std::uint32_t>::max()) ++pair->samples;
  return absl::OkStatus();
}

std::size_t RoundTripSamples::forget_before(std::chrono::sys_seconds oldest) {
  std::size_t forgotten = 0;
  for (auto pair = pairs_.begin(); pair != pairs_.end();) {
    const auto next = std::next(pair);
    if (pair->last < oldest) {
      by_key_.erase(key(pair->prefix, pair->region));
      pairs_.erase(pair);
      ++forgotten;
    }
    pair = next;
  }
  return forgotten;
}

std::vector<MeasuredRoundTrip> RoundTripSamples::measured() const {
  std::vector<MeasuredRoundTrip> list;
  list.reserve(pairs_.size());
  for (const Pair& pair : pairs_)
    list.push_back({pair.prefix, pair.region, pair.median.median(), pair.samples, pair.last});
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.region < b.region;
  });
  return list;
}

// A line for each pair, the newest sample last: PREFIX REGION SAMPLES SECONDS BUCKET...
std::string RoundTripSamples::serialise() const {
  std::string text(kFirstLine);
  for (const Pair& pair : pairs_) {
    absl::StrAppend(&text, "\n", pair.prefix.text(), " ", pair.region, " ", pair.samples, " ",
                    pair.last.time_since_epoch().count());
    for (const DecayingMedian::Bucket& bucket : pair.median.buckets()) {
      absl::StrAppend(&text, " ", bucket.index, ":");
      append_float(text, bucket.weight);
    }
  }
  return text += '\n';
}

absl::StatusOr<RoundTripSamples> RoundTripSamples::restore(std::string_view text, Options options) {
  RoundTripSamples samples(options);
  if (take(text, '\n') != kFirstLine) {
    return invalid_argument("line 1: is not '", std::string(kFirstLine),
                            "'; remove the file to begin without samples");
  }
  for (std::size_t number = 2; !text.empty(); ++number) {
    auto pair = parse_pair(take(text, '\n'));
    if (!pair.ok() || samples.by_key_.contains(key(pair->prefix, pair->region))) {
      return invalid_argument("line ", number,
                              ": is damaged; remove the file to begin without samples");
    }
    samples.put(*std::move(pair));
  }
  samples.evicted_ = 0;
  return samples;
}

std::string RoundTripSamples::key(const model::Prefix& prefix, std::string_view region) {
  return model::LocalityMap::inner_key(prefix).append(region);
}

absl::StatusOr<RoundTripSamples::Pair> RoundTripSamples::parse_pair(std::string_view line) {
  Pair pair;
  ASSIGN_OR_RETURN(pair.prefix, model::Prefix::parse(take(line, ' ')));
  pair.region = std::string(take(line, ' '));
  const auto count = parse_number<std::uint32_t>(take(line, ' '));
  const auto last = parse_number<std::int64_t>(take(line, ' '));
  auto buckets = parse_buckets(line);
  const bool is_time = last && *last >= 0 && *last <= kLatestSecond;
  if (!is_region_name(pair.region) || !count || !is_time || !buckets)
    return invalid_argument("it has other fields");
  pair.samples = *count;
  pair.last = std::chrono::sys_seconds(std::chrono::seconds(*last));
  pair.median = DecayingMedian(*std::move(buckets));
  return pair;
}

// Adds a new pair as the newest.
RoundTripSamples::Pairs::iterator RoundTripSamples::put(Pair pair) {
  if (!pairs_.empty() && pairs_.size() >= options_.capacity) evict();
  pairs_.push_back(std::move(pair));
  const auto at = std::prev(pairs_.end());
  by_key_.emplace(key(at->prefix, at->region), at);
  return at;
}

void RoundTripSamples::evict() {
  by_key_.erase(key(pairs_.front().prefix, pairs_.front().region));
  pairs_.pop_front();
  ++evicted_;
}

}  // namespace signpost::geo
