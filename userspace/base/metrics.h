// Metrics in the Prometheus text exposition format 0.0.4. Most numbers live elsewhere (per-CPU
// maps, atomics of other modules), so the registry holds no values: it asks collectors when it is
// scraped.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::metrics {

enum class Type { kCounter, kGauge, kHistogram };

using Labels = std::vector<std::pair<std::string, std::string>>;

// A number that only grows. Safe from any thread.
class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// How often values fell at or below each bound, and their sum. Safe from any thread; a scrape
// beside an observation may miss that one in `sum` or in a bucket, but the buckets never decrease
// from one to the next.
class Histogram {
 public:
  // `upper_bounds` in ascending order, without +Inf.
  explicit Histogram(std::vector<double> upper_bounds);

  void observe(double value);

  struct Snapshot {
    std::vector<double> upper_bounds;
    std::vector<std::uint64_t>
        counts;  // per bucket, not cumulative; one more than bounds, for +Inf
    double sum = 0;
  };
  Snapshot snapshot() const;

 private:
  std::vector<double> upper_bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

// One metric with all of its label sets. The name carries the base unit (`_seconds`, `_bytes`) and,
// for a counter, ends in `_total`.
class Family {
 public:
  Family(Type type, std::string name, std::string help)
      : type_(type), name_(std::move(name)), help_(std::move(help)) {}

  // For counters and gauges.
  Family& add(Labels labels, double value);
  Family& add(double value) { return add({}, value); }
  // For histograms.
  Family& add(const Labels& labels, const Histogram::Snapshot& snapshot);

  const std::string& name() const { return name_; }

 private:
  friend class Registry;
  struct Sample {
    std::string_view suffix;  // "", or "_bucket", "_sum", "_count"
    Labels labels;
    double value = 0;
  };

  Type type_;
  std::string name_;
  std::string help_;
  std::vector<Sample> samples_;
};

// Appends families with their present values. Runs on the scraping thread.
using Collector = std::function<void(std::vector<Family>&)>;

// Families of one name from several collectors become one. A family that breaks the format's rules,
// one whose type differs from that of an earlier family of its name, a label set that was there
// before, and all of a collector that throws are left out with a line in the log: one mistake must
// not cost the whole scrape.
class Registry {
 public:
  // Keeps a collector for as long as it lives. The registry must outlive it.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&& other) noexcept { *this = std::move(other); }
    Registration& operator=(Registration&& other) noexcept;
    ~Registration() { reset(); }

    // Once it returns the collector neither runs nor will run.
    void reset();

   private:
    friend class Registry;
    Registration(Registry* registry, std::uint64_t id) : registry_(registry), id_(id) {}
    Registry* registry_ = nullptr;
    std::uint64_t id_ = 0;
  };

  // Safe from any thread, but not from inside a collector.
  [[nodiscard]] Registration add(Collector collector);

  // All metrics as text, in the order of their names. Safe from any thread.
  std::string expose() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Collector> collectors_;
  std::uint64_t next_id_ = 1;
};

// The media type of expose().
inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace signpost::metrics
