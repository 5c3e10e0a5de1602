// The fast path as a whole: maps, program, interface.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/attachment.h"
#include "datapath/detach.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

struct FastPathOptions {
  std::string interface;
  std::string pin_root = kPinRoot;
  Capacity capacity;
  // IP addresses to answer at. "0.0.0.0" and "::" stand for those that the interface has now.
  std::vector<std::string> listen;
  std::uint16_t port = 53;
  ModeChoice mode = ModeChoice::kAny;
  bool share = false;  // the interface, through libxdp's dispatcher
};

// Order of calls: open(), a rebuild of the maps by the publisher, attach(). Destroying it leaves
// program and maps as they are: a daemon that stops in order calls detach() before. Not thread
// safe.
class FastPath {
 public:
  // Adopts the maps of an earlier process if layout and capacities are the same, else makes new
  // ones, and loads the program. Packets notice nothing yet, but that adopted maps get the new
  // listen addresses. Errors are sentences:
  //   PERMISSION_DENIED    this process may not use BPF: go on without a fast path
  //   FAILED_PRECONDITION  there is no BPF filesystem
  //   ALREADY_EXISTS       another daemon holds the lock
  //   NOT_FOUND            there is no such interface
  static absl::StatusOr<std::unique_ptr<FastPath>> open(const FastPathOptions& options);
  ~FastPath();

  TableMaps& maps();

  // Whether the maps, and with them counters and ids, come from an earlier process.
  bool adopted_maps() const;

  // Listen addresses that the fast path has no room for: their queries are left to the slow path.
  const std::vector<std::string>& addresses_left_out() const;

  // Attaches the program, or puts it in the place of that of an earlier process without a gap, and
  // removes tables of other layouts and capacities. ALREADY_EXISTS if a program of somebody else is
  // there.
  absl::StatusOr<Attachment> attach();

  // Whether the program is still where attach() put it: `signpost detach` and others can take it
  // off at any time, and an interface can go.
  absl::StatusOr<bool> is_attached() const;

  // Takes the program off the interface and removes all pins that served it.
  absl::Status detach();

 private:
  class State;
  explicit FastPath(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Octets of kernel memory that maps of this capacity take when they are full.
absl::StatusOr<std::uint64_t> forecast_octets(const Capacity& capacity);

}  // namespace signpost::datapath
