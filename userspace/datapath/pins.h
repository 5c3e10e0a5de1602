// The folder on the BPF filesystem below which maps and links are pinned:
//
//   ROOT/tables/v<layout version>/<capacities>/<map>
//   ROOT/links/<interface, escaped>
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/descriptor.h"
#include "datapath/table_maps.h"

namespace signpost::datapath {

class Pins {
 public:
  explicit Pins(std::string root) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }

  // FAILED_PRECONDITION, with the remedy, if the root would not be on a BPF filesystem;
  // PERMISSION_DENIED if this process may not pin there.
  absl::Status prepare() const;

  // Held until the descriptor closes. ALREADY_EXISTS if another process holds it.
  absl::StatusOr<Descriptor> lock() const;

  // Where maps of this layout and these capacities lie.
  std::string tables(const Capacity& capacity) const;
  absl::Status make_tables(const Capacity& capacity) const;

  // Removes all tables but those of `capacity`: nothing refers to them once the program is
  // replaced.
  absl::Status remove_other_tables(const Capacity& capacity) const;

  // Removes all tables, and the folders that are then empty.
  absl::Status remove_tables() const;

  // The control maps of all tables that are pinned.
  std::vector<std::string> control_maps() const;

  std::string link(const std::string& interface) const;
  absl::Status make_links() const;

  // The interfaces that have a link.
  std::vector<std::string> linked_interfaces() const;

 private:
  std::string root_;
};

}  // namespace signpost::datapath
