// Left-right publishing of answer tables (design.md section 4): stage on the idle set, activate,
// settle.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/digest.h"
#include "datapath/table_maps.h"
#include "model/answer_table.h"
#include "policy/id_registry.h"

namespace signpost::datapath {

// Order of calls: rebuild() once, then for each change stage(), activate(), settle(); or stage(),
// abandon(). Not thread safe. A failure leaves the active set as it was: packets go on with the old
// generation. A failure to settle, abandon or repair leaves the idle set unusable; the next stage()
// writes all of it anew before it goes on.
class Publisher {
 public:
  explicit Publisher(TableMaps& maps);
  ~Publisher();

  // Builds both sets anew from a whole table, the idle one first; packets move over when it is
  // complete. At start, with adopted maps, packets are served from the old set until then. Also the
  // way out if stage() keeps failing. An error after packets have moved over concerns the idle set
  // alone.
  absl::Status rebuild(const model::AnswerTable& table);

  // Marks the idle set dirty and writes `change` to it, with content from `table`. If the table has
  // another map of localities (by identity), that map is written as well, and takes the place of
  // the former one when packets move over; the demand is counted anew from then on.
  // RESOURCE_EXHAUSTED, with the flag to raise, if it does not fit; the idle set is then repaired
  // and abandon() need not be called.
  absl::Status stage(const model::AnswerTable& table, const model::TableChange& change);

  // Whether stage() would find room for the change, as far as can be told now; nothing is written.
  // RESOURCE_EXHAUSTED, with the flag to raise, if not.
  absl::Status check_room(const model::AnswerTable& table, const model::TableChange& change);

  // Flips the selector: from now on packets see the staged table.
  absl::Status activate();

  // Waits until no packet reads the former set, then writes the same change to it.
  absl::Status settle();

  // Undoes stage().
  absl::Status abandon();

  // Writes id assignments through to the maps, and zeroes counters that lost their holder.
  absl::Status remember_ids(const policy::IdRegistry::Journal& journal);

  // At start, for IdRegistry::restore(): what adopted maps have kept.
  absl::StatusOr<policy::IdRegistry::Remembered> remembered_ids();

  // The key under which the maps hold names, drawn now if they are new: the slow path needs it to
  // give sticky clients the same slots.
  absl::StatusOr<DigestKey> digest_key();

  // Whether an answer is in the kernel's table; if not, why. For `explain`, which asks for the
  // answer to clients of one locality.
  struct Residence {
    bool resident = false;
    std::string reason;
  };
  Residence residence(const model::Answer& answer) const;

  struct Use {
    std::uint64_t nodes = 0;
    std::uint64_t cells = 0;
  };
  Use use() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::datapath
