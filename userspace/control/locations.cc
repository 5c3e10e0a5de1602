#include "control/locations.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/located_answers.h"
#include "geo/locality_map_builder.h"

namespace signpost::control {
namespace {

using Clock = std::chrono::steady_clock;

// A pair without a sample for so long is forgotten: networks change.
constexpr std::chrono::days kSamplesKept{7};
constexpr std::chrono::hours kIdleInterval{1};

std::chrono::sys_seconds now_in_seconds() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string text_of(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

Locations::Locations(LocationOptions options) : options_(std::move(options)) {
  state_.map = model::LocalityMap::nowhere();
  files_ = std::make_shared<const LocationFiles>();
}

Locations::~Locations() { stop(); }

model::LocalityMapPtr Locations::load(const model::Config& config) {
  restore_samples();
  absl::Status status = read_files();
  if (absl::Status built = build(sources(config)); !built.ok()) status = built;
  note(status);
  return state().map;
}

void Locations::start(Hooks hooks) {
  hooks_ = std::move(hooks);
  thread_ = std::thread([this] { run(); });
}

void Locations::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    requests_.clear();  // breaks their promises
  }
  stop_.request_stop();
  woken_.notify_one();
  if (!thread_.joinable()) return;
  thread_.join();
  save_samples();
}

std::future<absl::Status> Locations::request(bool reload) {
  Request asked;
  asked.reload = reload;
  std::future<absl::Status> done = asked.done.get_future();
  std::lock_guard lock(mutex_);
  if (stopping_ || !thread_.joinable()) {
    asked.done.set_value(unavailable("signpostd is stopping"));
    return done;
  }
  requests_.push_back(std::move(asked));
  woken_.notify_one();
  return done;
}

absl::Status Locations::reload() {
  try {
    return request(true).get();
  } catch (const std::future_error&) {
    return unavailable("signpostd is stopping");
  }
}

absl::Status Locations::rebuild() {
  try {
    return request(false).get();
  } catch (const std::future_error&) {
    return unavailable("signpostd is stopping");
  }
}

void Locations::request_reload() { request(true); }

void Locations::run() {
  Clock::time_point last = Clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto is_due = [&] {
      return has_new_samples_ && Clock::now() >= last + options_.samples_interval;
    };
    const bool had_samples = has_new_samples_;
    const Clock::time_point wake =
        had_samples ? last + options_.samples_interval : Clock::now() + kIdleInterval;
    woken_.wait_until(lock, wake, [&] {
      return stopping_ || !requests_.empty() || has_new_samples_ != had_samples || is_due();
    });
    if (stopping_) return;
    std::deque<Request> requests = std::exchange(requests_, {});
    const bool samples = is_due();
    if (requests.empty() && !samples) {
      if (has_new_samples_ != had_samples) continue;  // they set another time
      lock.unlock();
      note(absl::OkStatus());  // the data have aged
      warn_of_unlocated();
      lock.lock();
      continue;
    }
    has_new_samples_ = false;
    lock.unlock();
    const bool reload = std::any_of(requests.begin(), requests.end(),
                                    [](const Request& request) { return request.reload; });
    const absl::Status status = update(reload);
    for (Request& request : requests) request.done.set_value(status);
    if (samples) save_samples();
    last = Clock::now();
    lock.lock();
  }
}

absl::Status Locations::update(bool reload) {
  warn_of_unlocated();  // with another map the counts begin anew
  absl::Status status = reload ? read_files() : absl::OkStatus();
  if (status.ok()) {
    {
      std::lock_guard lock(samples_mutex_);
      samples_.forget_before(now_in_seconds() - kSamplesKept);
    }
    LocationSources now = sources(hooks_.config());
    if (!is_made_of(now)) status = publish(std::move(now));
  }
  note(status);
  return status;
}

// On an error the map before stays in use.
absl::Status Locations::publish(LocationSources now) {
  const auto [before, made_of] = [this] {
    std::lock_guard lock(state_mutex_);
    return std::pair(state_, made_of_);
  }();
  absl::Status status = build(std::move(now));
  if (status.ok()) status = hooks_.publish(state().map);
  if (status.ok()) return status;
  std::lock_guard lock(state_mutex_);
  state_ = before;
  made_of_ = made_of;
  return status;
}

// Replaces what is known of the files if all can be read.
absl::Status Locations::read_files() {
  auto read = std::make_shared<LocationFiles>();
  if (!options_.geo_data.empty()) {
    ASSIGN_OR_RETURN(read->data, geo::GeoDatabase::open(options_.geo_data));
  }
  if (!options_.latency_table.empty()) {
    ASSIGN_OR_RETURN(read->table, geo::read_round_trip_table(options_.latency_table));
  }
  std::lock_guard lock(state_mutex_);
  files_ = std::move(read);
  return absl::OkStatus();
}

LocationSources Locations::sources(const model::Config& config) const {
  std::vector<geo::MeasuredRoundTrip> measured = round_trips();
  std::lock_guard lock(state_mutex_);
  return sources_of(config, files_, std::move(measured));
}

bool Locations::is_made_of(const LocationSources& sources) const {
  const std::shared_ptr<const LocationSources> made_of = [this] {
    std::lock_guard lock(state_mutex_);
    return made_of_;
  }();
  return made_of != nullptr && make_the_same(*made_of, sources);
}

absl::StatusOr<model::LocalityMapPtr> Locations::map_of(const LocationSources& sources) const {
  if (sources.are_empty()) return model::LocalityMap::nowhere();
  const LocationFiles& files = *sources.files;
  return geo::build_locality_map(files.data ? &*files.data : nullptr, sources.places, files.table,
                                 sources.measured, model::kLocalitiesMax, stop_.get_token());
}

absl::StatusOr<model::LocalityMapPtr> Locations::map_for(const model::Config& config) const {
  return map_of(sources(config));
}

absl::Status Locations::build(LocationSources sources) {
  const Clock::time_point began = Clock::now();
  ASSIGN_OR_RETURN(model::LocalityMapPtr map, map_of(sources));
  std::lock_guard lock(state_mutex_);
  state_.map = std::move(map);
  state_.loaded = std::chrono::system_clock::now();
  state_.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  state_.latency_rows = sources.files->table.size();
  made_of_ = std::make_shared<const LocationSources>(std::move(sources));
  return absl::OkStatus();
}

void Locations::note(const absl::Status& status) {
  if (absl::IsCancelled(status)) return;  // by stop(): nothing is wrong
  if (!status.ok()) {
    log::error("the locations of clients could not be loaded; the former ones stay in use",
               {{"error", text_of(status)}});
  }
  const LocationState before = state();
  const bool too_old = is_too_old(before.map->data());
  if (too_old && !before.too_old) {
    log::warning("the geographic data are old; clients may be elsewhere by now",
                 {{"files", before.map->data().path},
                  {"built", before.map->data().built},
                  {"max_age_days", options_.max_age.count()}});
  }
  std::lock_guard lock(state_mutex_);
  state_.last_error = text_of(status);
  state_.too_old = too_old;
}

// Once for each time that the share rises. Too few answers change no opinion.
void Locations::warn_of_unlocated() {
  const LocationState before = state();
  const LocatedAnswers answers = located_answers(*before.map, hooks_.demand());
  if (answers.total() < kUnlocatedJudgedFrom) return;
  const bool too_many =
      has_too_many_unlocated(*before.map, answers, options_.max_unlocated_percent);
  if (too_many && !before.too_many_unlocated) {
    log::warning("many clients are not in the geographic data; default locations answer them",
                 {{"files", before.map->data().path},
                  {"answers", answers.total()},
                  {"unlocated", answers.unlocated},
                  {"max_percent", options_.max_unlocated_percent}});
  }
  std::lock_guard lock(state_mutex_);
  state_.too_many_unlocated = too_many;
}

bool Locations::is_too_old(const model::LocalityData& data) const {
  if (data.path.empty() || options_.max_age.count() == 0) return false;
  const std::chrono::sys_seconds built{std::chrono::seconds(data.built)};
  return now_in_seconds() - built > options_.max_age;
}

absl::Status Locations::add_sample(const model::Prefix& prefix, const std::string& region,
                                   double milliseconds) {
  if (stop_.stop_requested()) return unavailable("signpostd is stopping");
  {
    std::lock_guard lock(samples_mutex_);
    RETURN_IF_ERROR(samples_.add(prefix, region, milliseconds, now_in_seconds()));
  }
  std::lock_guard lock(mutex_);
  if (!std::exchange(has_new_samples_, true)) woken_.notify_one();
  return absl::OkStatus();
}

std::vector<geo::MeasuredRoundTrip> Locations::round_trips() const {
  std::lock_guard lock(samples_mutex_);
  return samples_.measured();
}

LocationState Locations::state() const {
  const std::size_t round_trips = [this] {
    std::lock_guard lock(samples_mutex_);
    return samples_.size();
  }();
  std::lock_guard lock(state_mutex_);
  LocationState state = state_;
  state.round_trips = round_trips;
  return state;
}

void Locations::restore_samples() {
  std::ifstream in(options_.samples_file, std::ios::binary);
  if (!in) return;
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  absl::StatusOr<geo::RoundTripSamples> restored = geo::RoundTripSamples::restore(text, {});
  if (!restored.ok()) {
    log::warning("measured round-trip times could not be restored",
                 {{"file", options_.samples_file}, {"error", text_of(restored.status())}});
    return;
  }
  std::lock_guard lock(samples_mutex_);
  samples_ = *std::move(restored);
}

void Locations::save_samples() {
  if (options_.samples_file.empty()) return;
  std::string text;
  {
    std::lock_guard lock(samples_mutex_);
    text = samples_.serialise();
  }
  const std::string temporary = options_.samples_file + ".tmp";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out || std::rename(temporary.c_str(), options_.samples_file.c_str()) != 0) {
    log::warning("measured round-trip times could not be saved",
                 {{"file", options_.samples_file}, {"error", std::strerror(errno)}});
  }
}

}  // namespace signpost::control
