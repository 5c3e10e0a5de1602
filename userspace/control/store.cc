#include "control/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/checkpointer.h"
#include "control/history_changes.h"
#include "control/history_pruner.h"
#include "control/notice_spool.h"
#include "control/schedule_store.h"
#include "control/secondary_contacts.h"
#include "control/sqlite.h"
#include "control/state_database.h"
#include "control/zone_history.h"

namespace signpost::control {
namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

// Everything in `config`, as added to an empty state.
Deltas all_of(const model::Config& config) {
  Deltas deltas;
  config.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
    deltas.zones.push_back({apex, nullptr, zone});
    zone->owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) {
        deltas.groups.push_back({apex, owner, group->type, nullptr, group});
      }
    });
  });
  const auto add_to = [](auto& list) {
    return [&list](const std::string& key, const auto& value) {
      list.push_back({key, nullptr, value});
    };
  };
  config.health_checks.for_each(add_to(deltas.health_checks));
  config.cidr_collections.for_each(add_to(deltas.cidr_collections));
  config.place_overrides.for_each(add_to(deltas.place_overrides));
  config.traffic_policies.for_each(add_to(deltas.traffic_policies));
  config.notice_receivers.for_each(add_to(deltas.notice_receivers));
  config.guards.for_each(add_to(deltas.guards));
  config.tsig_keys.for_each(add_to(deltas.tsig_keys));
  config.zone_access.for_each(add_to(deltas.zone_access));
  config.views.for_each(add_to(deltas.views));
  config.forward_rules.for_each(add_to(deltas.forward_rules));
  config.secondary_zones.for_each(add_to(deltas.secondary_zones));
  config.regions.for_each([&](const std::string& name, const model::Coordinates& coordinates) {
    deltas.regions.push_back(
        {name, nullptr, std::make_shared<const model::Coordinates>(coordinates)});
  });
  return deltas;
}

// A change of so many fills the page cache, which other changes hardly use.
constexpr std::size_t kManyGroups = 10'000;

std::string without_status(const absl::Status& status) { return std::string(status.message()); }

}  // namespace

class Store::Impl {
 public:
  Impl(std::string folder, StoreOptions options) : folder_(std::move(folder)), options_(options) {}
  ~Impl() {
    if (lock_ >= 0) ::close(lock_);
  }

  absl::Status open() {
    RETURN_IF_ERROR(take_folder());
    if (!read_only_reason_.empty()) return open_read_only();
    const bool is_new = !std::filesystem::exists(database_path());
    if (is_new && std::filesystem::exists(snapshot_path())) return recover("is missing", false);
    absl::Status opened = open_database(is_new);
    if (opened.ok() || absl::IsFailedPrecondition(opened)) return opened;
    return recover(absl::StrCat("can't be read (", without_status(opened), ")"), true);
  }

  std::string snapshot_path() const { return folder_ + "/snapshot.bin"; }

  absl::Status commit(const HistoryEntry& entry, const Deltas& deltas, model::ZoneId last_zone_id,
                      const std::function<bool()>& may_commit) {
    if (!read_only_reason_.empty()) return failed_precondition(read_only_reason_);
    std::lock_guard lock(writer_mutex_);
    RETURN_IF_ERROR(annotate(write_batch(*writer_, entry, deltas, last_zone_id, may_commit),
                             absl::StrCat("storing the change in ", database_path())));
    if (deltas.groups.size() > kManyGroups) writer_->release_pages();
    if (pruner_) pruner_->history_grew();
    return absl::OkStatus();
  }

  absl::Status save_health(const StoredHealthById& verdicts, const std::vector<HealthFlip>& flips,
                           Durability durability) {
    if (!read_only_reason_.empty()) return absl::OkStatus();
    const bool durable = durability == Durability::kSystem;
    std::lock_guard lock(durable ? writer_mutex_ : side_mutex_);
    return write_health(durable ? *writer_ : *side_, verdicts, flips);
  }

  absl::Status save_overrides(const OverrideState& state,
                              const std::vector<OverrideEvent>& events) {
    if (!read_only_reason_.empty()) return failed_precondition(read_only_reason_);
    std::lock_guard lock(writer_mutex_);
    return annotate(write_overrides(*writer_, state, events),
                    absl::StrCat("storing the override in ", database_path()));
  }

  absl::Status save_schedule(const Schedule& schedule,
                             const std::vector<std::uint64_t>& forgotten) {
    if (!read_only_reason_.empty()) return failed_precondition(read_only_reason_);
    std::lock_guard lock(writer_mutex_);
    return annotate(write_schedule(*writer_, schedule, forgotten),
                    absl::StrCat("storing the schedule in ", database_path()));
  }

  // Runs `write` on the connection of what need not survive a crash of the system.
  template <typename Write>
  absl::Status write_aside(Write&& write) {
    if (!read_only_reason_.empty()) return absl::OkStatus();
    std::lock_guard lock(side_mutex_);
    return write(*side_);
  }

  // Runs `read` on the connection of the readers.
  template <typename Read>
  auto read(Read&& read) -> decltype(read(std::declval<Database&>())) {
    if (!side_) return failed_precondition("the history is not available: ", read_only_reason_);
    std::lock_guard lock(side_mutex_);
    return read(*side_);
  }

  std::string read_only_reason_;
  StoredState state_;

 private:
  std::string database_path() const { return folder_ + "/state.db"; }

  // Creates and locks the folder; sets read_only_reason_ if it can't be written to.
  absl::Status take_folder() {
    std::error_code failed;
    std::filesystem::create_directories(folder_, failed);
    const std::string path = folder_ + "/lock";
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (lock_ < 0) {
      const bool exists = std::filesystem::is_directory(folder_, failed);
      if (exists && (errno == EROFS || errno == EACCES)) {
        read_only_reason_ = absl::StrCat("the state folder ", folder_,
                                         " can't be written to; changes are refused until it can "
                                         "and signpostd is started again");
        return absl::OkStatus();
      }
      return unavailable("the state folder ", folder_, " can't be used: ", std::strerror(errno));
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
    return failed_precondition("another signpostd uses the state folder ", folder_,
                               "; stop it, or choose another folder with --data");
  }

  absl::Status open_database(bool is_new) {
    ASSIGN_OR_RETURN(Database writer,
                     Database::open(database_path(), Database::Access::kReadWrite));
    RETURN_IF_ERROR(prepare_for_writing(writer));
    if (is_new) RETURN_IF_ERROR(create_schema(writer));
    RETURN_IF_ERROR(upgrade_schema(writer));
    RETURN_IF_ERROR(check_integrity(writer, database_path()));
    ASSIGN_OR_RETURN(state_, load_state(writer));
    writer.release_pages();
    ASSIGN_OR_RETURN(Database side, Database::open(database_path(), Database::Access::kReadWrite));
    RETURN_IF_ERROR(side.execute("PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON"));
    ASSIGN_OR_RETURN(checkpointer_, Checkpointer::start(database_path(), {}));
    const auto log_grew = [this](int pages) { checkpointer_->log_grew(pages); };
    writer.leave_checkpoints_to(log_grew);
    side.leave_checkpoints_to(log_grew);
    if (options_.history_kept > 0) {
      ASSIGN_OR_RETURN(pruner_,
                       HistoryPruner::start(database_path(), options_.history_kept, log_grew));
    }
    writer_.emplace(std::move(writer));
    side_.emplace(std::move(side));
    return absl::OkStatus();
  }

  // Makes a new state.db from the last good snapshot.
  absl::Status recover(const std::string& what, bool exists) {
    absl::StatusOr<StoredState> snapshot = read_snapshot(snapshot_path());
    if (!snapshot.ok()) {
      return absl::DataLossError(
          absl::StrCat(database_path(), " ", what, ", and ", without_status(snapshot.status()),
                       "; restore a backup, or move state.db away to begin with an empty state"));
    }
    const std::string aside = absl::StrCat(database_path(), ".corrupt-", utc_now());
    if (exists) RETURN_IF_ERROR(move_aside(aside));
    RETURN_IF_ERROR(open_database(true));
    const model::ConfigGeneration generation = snapshot->config.generation;
    RETURN_IF_ERROR(write_base(*writer_, *snapshot, all_of(snapshot->config)));
    RETURN_IF_ERROR(write_externals(*writer_, snapshot->externals));
    RETURN_IF_ERROR(write_overrides(*writer_, snapshot->overrides, {}));
    state_ = *std::move(snapshot);
    log::error("started from the last good snapshot; changes after it and the history are lost",
               {{"file", database_path()},
                {"problem", what},
                {"moved_to", exists ? aside : std::string("-")},
                {"snapshot", snapshot_path()},
                {"generation", generation}});
    return absl::OkStatus();
  }

  absl::Status move_aside(const std::string& aside) {
    for (const char* suffix : {"-wal", "-shm", ""}) {
      const std::string from = database_path() + suffix;
      if (::rename(from.c_str(), (aside + suffix).c_str()) != 0 && errno != ENOENT) {
        return unavailable("moving ", from, " aside: ", std::strerror(errno));
      }
    }
    return absl::OkStatus();
  }

  // Prefers the snapshot: a WAL left behind can't be read without writing.
  absl::Status open_read_only() {
    absl::StatusOr<StoredState> snapshot = read_snapshot(snapshot_path());
    if (!snapshot.ok()) snapshot = load_immutable();
    if (!snapshot.ok()) {
      return unavailable("the state folder ", folder_, " can't be written to, and holds no state: ",
                         without_status(snapshot.status()));
    }
    state_ = *std::move(snapshot);
    log::warning("serving the last good snapshot; changes are refused",
                 {{"reason", read_only_reason_}, {"generation", state_.config.generation}});
    return absl::OkStatus();
  }

  absl::StatusOr<StoredState> load_immutable() {
    ASSIGN_OR_RETURN(Database database,
                     Database::open(database_path(), Database::Access::kReadOnlyImmutable));
    RETURN_IF_ERROR(check_integrity(database, database_path()));
    return load_state(database);
  }

  const std::string folder_;
  const StoreOptions options_;
  int lock_ = -1;
  std::unique_ptr<Checkpointer> checkpointer_;  // outlives those that tell it of their commits
  std::unique_ptr<HistoryPruner> pruner_;       // null: nothing is forgotten
  std::mutex writer_mutex_;
  std::optional<Database> writer_;
  // For readers, and for writes that need not survive a crash of the system.
  std::mutex side_mutex_;
  std::optional<Database> side_;
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

absl::StatusOr<std::unique_ptr<Store>> Store::open(const std::string& folder,
                                                   StoreOptions options) {
  auto impl = std::make_unique<Impl>(folder, options);
  RETURN_IF_ERROR(impl->open());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

const std::string& Store::read_only_reason() const { return impl_->read_only_reason_; }

const std::string& Store::installation_id() const { return impl_->state_.installation_id; }

const model::Config& Store::config() const { return impl_->state_.config; }

StoredState Store::take_state() {
  // The id stays for installation_id().
  StoredState state = impl_->state_;
  impl_->state_.config = {};
  impl_->state_.health.clear();
  impl_->state_.externals.clear();
  return state;
}

absl::Status Store::commit(const HistoryEntry& entry, const Deltas& deltas,
                           model::ZoneId last_zone_id, const std::function<bool()>& may_commit) {
  return impl_->commit(entry, deltas, last_zone_id, may_commit);
}

absl::Status Store::save_health(const StoredHealthById& verdicts,
                                const std::vector<HealthFlip>& flips, Durability durability) {
  return impl_->save_health(verdicts, flips, durability);
}

absl::StatusOr<std::vector<HealthFlip>> Store::health_history(const std::string& check_id,
                                                              std::int64_t before,
                                                              std::size_t limit) {
  return impl_->read(
      [&](Database& database) { return read_health_flips(database, check_id, before, limit); });
}

absl::StatusOr<OverrideState> Store::overrides() {
  return impl_->read([](Database& database) { return load_overrides(database); });
}

absl::Status Store::save_overrides(const OverrideState& state,
                                   const std::vector<OverrideEvent>& events) {
  return impl_->save_overrides(state, events);
}

absl::StatusOr<std::vector<OverrideEvent>> Store::override_history(std::int64_t before,
                                                                   std::size_t limit) {
  return impl_->read(
      [&](Database& database) { return read_override_events(database, before, limit); });
}

absl::StatusOr<std::vector<Schedule>> Store::schedules() {
  return impl_->read([](Database& database) { return load_schedules(database); });
}

absl::Status Store::save_schedule(const Schedule& schedule,
                                  const std::vector<std::uint64_t>& forgotten) {
  return impl_->save_schedule(schedule, forgotten);
}

absl::Status Store::save_externals(const ExternalAnswers& answers) {
  return impl_->write_aside([&](Database& database) { return write_externals(database, answers); });
}

absl::Status Store::save_notices(const std::vector<model::NoticePtr>& notices) {
  return impl_->write_aside([&](Database& database) { return add_notices(database, notices); });
}

absl::Status Store::save_progress(const notices::ReceiverProgress& progress) {
  return impl_->write_aside([&](Database& database) { return write_progress(database, progress); });
}

std::vector<model::NoticePtr> Store::notices() {
  auto read = impl_->read([](Database& database) { return read_notices(database); });
  return read.ok() ? *std::move(read) : std::vector<model::NoticePtr>();
}

notices::ReceiverProgress Store::progress() {
  auto read = impl_->read([](Database& database) { return read_progress(database); });
  return read.ok() ? *std::move(read) : notices::ReceiverProgress();
}

absl::Status Store::save_contact(const dns::Name& apex, std::int64_t time) {
  return impl_->write_aside(
      [&](Database& database) { return write_secondary_contact(database, apex, time); });
}

absl::Status Store::forget_contact(const dns::Name& apex) {
  return impl_->write_aside(
      [&](Database& database) { return forget_secondary_contact(database, apex); });
}

std::map<dns::Name, std::int64_t> Store::contacts() {
  auto read = impl_->read([](Database& database) { return read_secondary_contacts(database); });
  return read.ok() ? *std::move(read) : std::map<dns::Name, std::int64_t>();
}

absl::StatusOr<std::vector<HistoryEntry>> Store::history(model::ConfigGeneration before,
                                                         std::size_t limit) {
  return impl_->read([&](Database& database) { return read_history(database, before, limit); });
}

absl::StatusOr<Store::Range> Store::history_range() {
  return impl_->read([](Database& database) -> absl::StatusOr<Range> {
    ASSIGN_OR_RETURN(const auto bounds, read_history_bounds(database));
    return Range{bounds.first, bounds.second};
  });
}

absl::StatusOr<Deltas> Store::deltas_between(model::ConfigGeneration from,
                                             model::ConfigGeneration to) {
  // The range is asked for afterwards: it may have become smaller meanwhile.
  absl::StatusOr<Deltas> deltas =
      impl_->read([&](Database& database) { return read_deltas(database, from, to); });
  ASSIGN_OR_RETURN(const Range range, history_range());
  if (from < range.first) {
    return not_found("generation ", from, " is no longer in the history, which begins with ",
                     range.first,
                     "; apply the configuration of that time again, or restore a backup "
                     "(signpostd --history says how many changes can be undone)");
  }
  for (const model::ConfigGeneration generation : {from, to}) {
    if (generation >= range.first && generation <= range.last) continue;
    return not_found("generation ", generation, " is not in the history, which goes from ",
                     range.first, " to ", range.last);
  }
  return deltas;
}

absl::StatusOr<Deltas> Store::zone_changes(const dns::Name& apex, std::uint32_t serial,
                                           model::ConfigGeneration to) {
  return impl_->read(
      [&](Database& database) { return read_zone_changes(database, apex, serial, to); });
}

absl::Status Store::save_snapshot(const StoredState& state) {
  if (!read_only_reason().empty()) return absl::OkStatus();
  return write_snapshot(impl_->snapshot_path(), state);
}

}  // namespace signpost::control
