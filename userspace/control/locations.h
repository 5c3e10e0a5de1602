// Where clients are: reads geographic data and the table of latencies, keeps measured round-trip
// times, and makes the locality map of them, all beside the serving threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/location_sources.h"
#include "geo/round_trip_samples.h"
#include "model/config.h"
#include "model/locality_map.h"

namespace signpost::control {

struct LocationOptions {
  std::vector<std::string> geo_data;  // MMDB files; none: nothing is known but what is configured
  std::string latency_table;          // CSV file; empty: none
  std::string samples_file;           // where measured round-trip times outlive the process
  std::chrono::days max_age{35};      // of the geographic data, before it is warned of; 0: any
  // Of the answers by location, for clients of unknown place, before it is warned of; 0: any.
  unsigned max_unlocated_percent = 10;
  std::chrono::seconds samples_interval{30};  // between two maps that new samples make
};

struct LocationState {
  model::LocalityMapPtr map;  // the one in use; never null
  std::chrono::system_clock::time_point loaded;
  std::chrono::milliseconds took{0};
  std::size_t latency_rows = 0;
  std::size_t round_trips = 0;  // measured
  std::string last_error;       // of the last load; empty if it did not fail
  bool too_old = false;
  bool too_many_unlocated = false;  // as the log was told last
};

class Locations {
 public:
  // What runs, and how a new map is brought to it; called on a thread of this.
  struct Hooks {
    std::function<model::Config()> config;
    std::function<absl::Status(model::LocalityMapPtr)> publish;
    // Answers by locality of the map in use, since it is.
    std::function<std::vector<std::uint64_t>()> demand;
  };

  explicit Locations(LocationOptions options);
  ~Locations();

  // Reads everything and makes the first map, for `config`. What can't be read is left out, with an
  // error in the log and in state().
  model::LocalityMapPtr load(const model::Config& config);

  void start(Hooks hooks);
  // Leaves off the map that is being made, if any, and saves the samples.
  void stop();

  // Reads the files anew and makes a map; returns when it is published. On an error the data and
  // the map before stay in use.
  absl::Status reload();
  // Makes a map of the running configuration, unless it would be the one in use; returns when it is
  // published.
  absl::Status rebuild();
  // The same as reload(), without waiting.
  void request_reload();

  // Takes a sample of now. INVALID_ARGUMENT if it is none, UNAVAILABLE after stop().
  absl::Status add_sample(const model::Prefix& prefix, const std::string& region,
                          double milliseconds);

  // The map that another configuration would have. From any thread. CANCELLED by stop().
  absl::StatusOr<model::LocalityMapPtr> map_for(const model::Config& config) const;

  std::vector<geo::MeasuredRoundTrip> round_trips() const;
  LocationState state() const;
  const LocationOptions& options() const { return options_; }

 private:
  struct Request {
    bool reload = false;
    std::promise<absl::Status> done;
  };

  void run();
  std::future<absl::Status> request(bool reload);
  absl::Status update(bool reload);
  absl::Status read_files();
  absl::Status publish(LocationSources now);
  absl::Status build(LocationSources sources);
  LocationSources sources(const model::Config& config) const;
  absl::StatusOr<model::LocalityMapPtr> map_of(const LocationSources& sources) const;
  bool is_made_of(const LocationSources& sources) const;
  void note(const absl::Status& status);
  void warn_of_unlocated();
  bool is_too_old(const model::LocalityData& data) const;
  void restore_samples();
  void save_samples();

  const LocationOptions options_;
  Hooks hooks_;

  mutable std::mutex state_mutex_;
  LocationState state_;
  std::shared_ptr<const LocationFiles> files_;      // never null
  std::shared_ptr<const LocationSources> made_of_;  // state_.map; null: not made yet

  mutable std::mutex samples_mutex_;
  geo::RoundTripSamples samples_;

  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<Request> requests_;
  std::stop_source stop_;
  bool has_new_samples_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace signpost::control
