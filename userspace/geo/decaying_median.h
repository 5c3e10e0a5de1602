// The median of samples of which old ones count less.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace signpost::geo {

// A histogram with buckets whose bounds grow by kGrowth each, so that the median of any number of
// samples is known to within half a bucket, 2.5 %, in at most kBucketsMax * 8 octets. The weight of
// a sample halves every half-life.
//
// Where samples need more than kBucketsMax buckets, which span a factor of 22, the two outermost
// ones are joined at the end where they weigh less. No weight is lost, and so the bound holds as
// long as less than half of the weight lies in a joined bucket; beyond, the median is given as the
// end of the span that is nearest to it.
class DecayingMedian {
 public:
  static constexpr double kGrowth = 1.05;
  static constexpr double kSmallest = 0.01;  // samples below count as this
  static constexpr std::size_t kBucketsMax = 64;
  static constexpr std::uint16_t kLargestIndex = 319;  // of the bucket of kRoundTripMax

  struct Bucket {
    std::uint16_t index = 0;  // from kSmallest * kGrowth^index on
    float weight = 0;
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };

  DecayingMedian() = default;
  // From what buckets() gave. Requires at most kBucketsMax, with weights above 0 and ascending
  // indices up to kLargestIndex.
  explicit DecayingMedian(std::vector<Bucket> buckets) : buckets_(std::move(buckets)) {}

  // Adds a sample of weight 1 after `passed` since the last; `sample` is at most kRoundTripMax.
  void add(double sample, std::chrono::duration<double> passed,
           std::chrono::duration<double> half_life);

  // The weighted median; 0 without samples. At least half of the weight lies at or below its
  // bucket, and at least half at or above.
  double median() const;

  const std::vector<Bucket>& buckets() const { return buckets_; }

 private:
  void decay(double factor);
  void join_outermost();

  std::vector<Bucket> buckets_;  // ascending by index
};

}  // namespace signpost::geo
