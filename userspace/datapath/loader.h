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
#include "datapath/kernel_maps.h"

namespace signpost::datapath {

struct FastPathOptions {
  std::vector<std::string> interfaces;  // at least one, at most INTERFACES_MAX
  std::string pin_root = kPinRoot;
  Capacity capacity;
  // IP addresses to answer at. "0.0.0.0" and "::" stand for those that the interface has now.
  std::vector<std::string> listen;
  std::uint16_t port = 53;
  ModeChoice mode = ModeChoice::kAny;
  bool share = false;  // the interfaces, through libxdp's dispatcher
  // An interface that is missing, or has an XDP program of somebody else, is no error: it waits to
  // be reattach()ed.
  bool patient = false;
};

// How the program is at one of them.
struct InterfaceAttachment {
  std::string interface;
  absl::Status waiting;  // why the program is not there yet; OK: it is
  Attachment attachment;
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

  KernelMaps& maps();

  // Whether the maps, and with them counters and ids, come from an earlier process.
  bool adopted_maps() const;

  // Listen addresses that the fast path has no room for: their queries are left to the slow path.
  const std::vector<std::string>& addresses_left_out() const;

  // Attaches the program to every interface, or puts it in the place of that of an earlier process
  // without a gap, and removes tables of other layouts and capacities. ALREADY_EXISTS if a program
  // of somebody else is at one; those attached before it are then detached again. Patient ones
  // wait.
  absl::StatusOr<std::vector<InterfaceAttachment>> attach();

  // Where the program is with regard to one interface. `signpost detach` and others can take it off
  // at any time, and an interface can go and come back under its name.
  enum class Place {
    kAttached,
    kTakenOff,  // on purpose
    kLost,      // with the interface
    kComeBack,  // the interface is there, perhaps again, without the program: reattach() it
  };
  absl::StatusOr<Place> place_of(const std::string& interface) const;
  absl::StatusOr<Attachment> reattach(const std::string& interface);

  // Takes the program off all interfaces and removes all pins that served it. OK if somebody else
  // did so before.
  absl::Status detach();

 private:
  class State;
  explicit FastPath(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace signpost::datapath
