// Tokens that come at a rate and are kept up to a burst.
#pragma once

#include <algorithm>
#include <chrono>

namespace signpost::control {

// Below 0 it owes tokens, which come first.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  TokenBucket(double tokens, Time now) : tokens_(tokens), filled_(now) {}

  // Adds what has come since it was last filled.
  void fill(double per_second, double burst, Time now) {
    tokens_ = tokens_at(per_second, burst, now);
    filled_ = now;
  }

  double tokens_at(double per_second, double burst, Time now) const {
    const std::chrono::duration<double> passed = now - filled_;
    return std::min(burst, tokens_ + passed.count() * per_second);
  }

  // Takes so many, but leaves it owing no more than `debt`, or what it owes already.
  void take(double tokens, double debt) {
    tokens_ = std::max(tokens_ - tokens, std::min(tokens_, -debt));
  }

  double tokens() const { return tokens_; }

 private:
  double tokens_;
  Time filled_;
};

}  // namespace signpost::control
