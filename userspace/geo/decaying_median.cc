#include "geo/decaying_median.h"

#include <algorithm>
#include <cmath>

namespace signpost::geo {
namespace {

// A bucket that weighs less than this part of one sample has been forgotten.
constexpr float kForgotten = 1e-6F;

std::uint16_t bucket_of(double sample) {
  const double ratio = std::max(1.0, sample / DecayingMedian::kSmallest);
  return static_cast<std::uint16_t>(std::log(ratio) / std::log(DecayingMedian::kGrowth));
}

// Its error is the same for both ends of the bucket.
double middle_of(std::uint16_t index) {
  return DecayingMedian::kSmallest * std::pow(DecayingMedian::kGrowth, index) * 2 *
         DecayingMedian::kGrowth / (1 + DecayingMedian::kGrowth);
}

}  // namespace

void DecayingMedian::add(double sample, std::chrono::duration<double> passed,
                         std::chrono::duration<double> half_life) {
  if (passed.count() > 0) decay(std::exp2(-(passed / half_life)));
  const std::uint16_t index = bucket_of(sample);
  const auto at = std::lower_bound(
      buckets_.begin(), buckets_.end(), index,
      [](const Bucket& bucket, std::uint16_t wanted) { return bucket.index < wanted; });
  if (at != buckets_.end() && at->index == index) {
    at->weight += 1;
    return;
  }
  buckets_.insert(at, {index, 1});
  if (buckets_.size() > kBucketsMax) join_outermost();
}

double DecayingMedian::median() const {
  double total = 0;
  for (const Bucket& bucket : buckets_) total += bucket.weight;
  double below = 0;
  for (const Bucket& bucket : buckets_) {
    below += bucket.weight;
    if (below * 2 >= total) return middle_of(bucket.index);
  }
  return 0;
}

void DecayingMedian::decay(double factor) {
  for (Bucket& bucket : buckets_) bucket.weight *= static_cast<float>(factor);
  std::erase_if(buckets_, [](const Bucket& bucket) { return bucket.weight < kForgotten; });
}

void DecayingMedian::join_outermost() {
  const std::size_t last = buckets_.size() - 1;
  const float low = buckets_[0].weight + buckets_[1].weight;
  const float high = buckets_[last].weight + buckets_[last - 1].weight;
  if (low <= high) {
    buckets_[1].weight = low;
    buckets_.erase(buckets_.begin());
  } else {
    buckets_[last - 1].weight = high;
    buckets_.pop_back();
  }
}

}  // namespace signpost::geo
