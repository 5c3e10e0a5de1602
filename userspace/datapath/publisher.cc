#include "datapath/publisher.h"

#include <sys/random.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/status.h"
#include "datapath/digest.h"
#include "datapath/holdings.h"
#include "datapath/id_store.h"
#include "datapath/locality_slots.h"
#include "datapath/set_writer.h"

namespace signpost::datapath {

// A change between stage() and the end of settle() or abandon().
struct Staged {
  model::AnswerTable table;
  HoldingsChange change;
  bool activated = false;
};

class Publisher::State {
 public:
  explicit State(TableMaps& maps)
      : maps_(maps), held_(maps.capacity()), localities_(maps), ids_(maps) {}

  absl::Status rebuild(const model::AnswerTable& table);
  absl::Status stage(const model::AnswerTable& table, const model::TableChange& change);
  absl::Status check_room(const model::AnswerTable& table, const model::TableChange& change);
  absl::Status activate();
  absl::Status settle();
  absl::Status abandon();

  // The key of all digests, drawn when the maps are new.
  absl::StatusOr<DigestKey> key();

  IdStore& ids() { return ids_; }
  const Holdings& held() const { return held_; }

 private:
  std::uint32_t active() { return maps_.control().active & 1; }
  std::uint32_t idle() { return 1 - active(); }
  void set_generation(std::uint32_t set, model::TableGeneration generation);
  void flip();

  // Marks the set dirty, and clean again once it is complete.
  absl::Status write_change(std::uint32_t set, Side side);
  absl::Status repair();
  absl::Status undo();

  TableMaps& maps_;
  DigestKey key_{};
  Holdings held_;
  model::AnswerTable
      published_;  // what both sets hold, but for a staged change; shares all with its source
  std::optional<Staged> staged_;
  bool idle_broken_ = false;
  LocalitySlots localities_;
  IdStore ids_;
};

void Publisher::State::set_generation(std::uint32_t set, model::TableGeneration generation) {
  std::atomic_ref(maps_.control().table_generation[set])
      .store(generation, std::memory_order_release);
}

void Publisher::State::flip() {
  std::atomic_ref(maps_.control().active).store(idle(), std::memory_order_release);
}

absl::StatusOr<DigestKey> Publisher::State::key() {
  DigestKey& key = maps_.control().key;
  const bool drawn = key.words[0] != 0 || key.words[1] != 0;
  if (!drawn && getrandom(&key, sizeof(key), 0) != sizeof(key))
    return unavailable("drawing the key of name digests: ", std::strerror(errno));
  return key_ = key;
}

// The map of localities is new to both sets while a change is staged; afterwards the other set has
// the one of this side.
absl::Status Publisher::State::write_change(std::uint32_t set, Side side) {
  const model::AnswerTable& table = side == Side::kAfter ? staged_->table : published_;
  set_generation(set, 0);
  RETURN_IF_ERROR(SetWriter(maps_, set, key_).write_change(table, held_, staged_->change, side));
  if (staged_->table.localities != published_.localities) {
    const bool is_new = side == Side::kAfter && !staged_->activated;
    RETURN_IF_ERROR(is_new ? localities_.put(set, table.localities)
                           : localities_.follow(set, table.localities));
  }
  if (staged_->table.localities != published_.localities ||
      staged_->table.roots != published_.roots)
    RETURN_IF_ERROR(localities_.put_roots(set, table));
  set_generation(set, table.generation);
  return absl::OkStatus();
}

absl::Status Publisher::State::rebuild(const model::AnswerTable& table) {
  if (table.generation == 0) return invalid_argument("table generation 0 can't be published");
  if (staged_) return failed_precondition("rebuilding while a change is staged");
  RETURN_IF_ERROR(key().status());
  Holdings held(maps_.capacity());
  RETURN_IF_ERROR(held.take(table, key_));
  RETURN_IF_ERROR(localities_.check(table.localities));
  if (idle_broken_) RETURN_IF_ERROR(annotate(maps_.wait_for_readers(), "waiting for readers"));
  idle_broken_ = true;
  set_generation(idle(), 0);
  absl::Status status = SetWriter(maps_, idle(), key_).write_table(table, held);
  if (status.ok()) status = localities_.put(idle(), table.localities);
  if (status.ok()) status = localities_.put_roots(idle(), table);
  RETURN_IF_ERROR(annotate(status, "building the idle set"));
  set_generation(idle(), table.generation);
  flip();
  held_ = std::move(held);
  published_ = table;
  return annotate(repair(), "the new table is active, but building the other set failed");
}

// Writes the idle set anew, to be equal to the active one.
absl::Status Publisher::State::repair() {
  RETURN_IF_ERROR(annotate(maps_.wait_for_readers(), "waiting for readers"));
  set_generation(idle(), 0);
  RETURN_IF_ERROR(SetWriter(maps_, idle(), key_).write_table(published_, held_));
  RETURN_IF_ERROR(localities_.follow(idle(), published_.localities));
  RETURN_IF_ERROR(localities_.put_roots(idle(), published_));
  set_generation(idle(), published_.generation);
  idle_broken_ = false;
  return absl::OkStatus();
}

absl::Status Publisher::State::stage(const model::AnswerTable& table,
                                     const model::TableChange& change) {
  if (published_.generation == 0) return failed_precondition("staging before the first rebuild");
  if (staged_) return failed_precondition("staging while a change is staged");
  if (table.generation == 0) return invalid_argument("table generation 0 can't be published");
  if (idle_broken_) RETURN_IF_ERROR(annotate(repair(), "repairing the idle set"));
  RETURN_IF_ERROR(localities_.check(table.localities));
  ASSIGN_OR_RETURN(HoldingsChange plan, held_.plan(published_, table, change, key_));
  staged_ = Staged{.table = table, .change = std::move(plan)};
  absl::Status status = annotate(write_change(idle(), Side::kAfter), "staging on the idle set");
  // What fails here as well is repaired by the next stage().
  if (!status.ok()) undo().IgnoreError();
  return status;
}

absl::Status Publisher::State::check_room(const model::AnswerTable& table,
                                          const model::TableChange& change) {
  RETURN_IF_ERROR(localities_.check(table.localities));
  ASSIGN_OR_RETURN(const HoldingsChange plan, held_.plan(published_, table, change, key_));
  held_.cancel(plan);
  return absl::OkStatus();
}

absl::Status Publisher::State::activate() {
  if (!staged_ || staged_->activated)
    return failed_precondition("activating without a staged change");
  flip();
  staged_->activated = true;
  return absl::OkStatus();
}

absl::Status Publisher::State::settle() {
  if (!staged_ || !staged_->activated)
    return failed_precondition("settling without an activated change");
  absl::Status status = annotate(maps_.wait_for_readers(), "waiting for readers");
  if (status.ok()) status = annotate(write_change(idle(), Side::kAfter), "settling the idle set");
  idle_broken_ = !status.ok();
  held_.commit(staged_->change);
  published_ = std::move(staged_->table);
  staged_.reset();
  return status;
}

absl::Status Publisher::State::abandon() {
  if (!staged_ || staged_->activated)
    return failed_precondition("abandoning without a change that is staged and not active");
  return undo();
}

absl::Status Publisher::State::undo() {
  absl::Status status = annotate(write_change(idle(), Side::kBefore), "repairing the idle set");
  idle_broken_ = !status.ok();
  held_.cancel(staged_->change);
  staged_.reset();
  return status;
}

Publisher::Publisher(TableMaps& maps) : state_(std::make_unique<State>(maps)) {}
Publisher::~Publisher() = default;

absl::Status Publisher::rebuild(const model::AnswerTable& table) { return state_->rebuild(table); }

absl::Status Publisher::stage(const model::AnswerTable& table, const model::TableChange& change) {
  return state_->stage(table, change);
}

absl::Status Publisher::check_room(const model::AnswerTable& table,
                                   const model::TableChange& change) {
  return state_->check_room(table, change);
}

absl::Status Publisher::activate() { return state_->activate(); }
absl::Status Publisher::settle() { return state_->settle(); }
absl::Status Publisher::abandon() { return state_->abandon(); }

absl::Status Publisher::remember_ids(const policy::IdRegistry::Journal& journal) {
  ASSIGN_OR_RETURN(const DigestKey key, state_->key());
  return state_->ids().store(key, journal);
}

absl::StatusOr<policy::IdRegistry::Remembered> Publisher::remembered_ids() {
  ASSIGN_OR_RETURN(const DigestKey key, state_->key());
  return state_->ids().remembered(key);
}

absl::StatusOr<DigestKey> Publisher::digest_key() { return state_->key(); }

Publisher::Residence Publisher::residence(const model::Answer& answer) const {
  const std::string reason = why_passed(answer, state_->held().places().zones);
  return {.resident = reason.empty(), .reason = reason};
}

Publisher::Use Publisher::use() const {
  return {.nodes = state_->held().nodes(), .cells = state_->held().cells()};
}

}  // namespace signpost::datapath
