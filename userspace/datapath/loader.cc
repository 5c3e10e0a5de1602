#include "datapath/loader.h"

#include <algorithm>

#include "base/status.h"
#include "datapath/kernel_maps.h"
#include "datapath/listen_addresses.h"
#include "datapath/pins.h"
#include "datapath/program.h"
#include "datapath/sharing.h"

namespace signpost::datapath {

class FastPath::State {
 public:
  State(FastPathOptions options, Pins pins, Descriptor lock, std::unique_ptr<KernelMaps> maps,
        bool adopted, Program program)
      : options_(std::move(options)),
        pins_(std::move(pins)),
        lock_(std::move(lock)),
        maps_(std::move(maps)),
        adopted_(adopted),
        program_(std::move(program)) {}

  void listen(const std::vector<ListenAddress>& addresses);
  absl::StatusOr<std::vector<InterfaceAttachment>> attach();
  absl::StatusOr<Place> place_of(const std::string& interface) const;
  absl::StatusOr<Attachment> attach_to(const std::string& interface);
  absl::StatusOr<Attachment> reattach(const std::string& interface);
  absl::Status detach();

  KernelMaps& maps() { return *maps_; }
  bool adopted() const { return adopted_; }
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  FastPathOptions options_;
  Pins pins_;
  Descriptor lock_;
  std::unique_ptr<KernelMaps> maps_;
  bool adopted_;
  Program program_;
  std::vector<std::string> left_out_;
  std::vector<std::string> awaited_;  // interfaces where the program has never been
};

namespace {

struct OpenedMaps {
  std::unique_ptr<KernelMaps> maps;
  bool adopted = false;
};

// New maps are not pinned yet.
absl::StatusOr<OpenedMaps> open_maps(const Pins& pins, const Capacity& capacity) {
  auto pinned = KernelMaps::open_pinned(capacity, pins.tables(capacity));
  if (pinned.ok()) return OpenedMaps{.maps = *std::move(pinned), .adopted = true};
  // Maps that are missing or of another layout are of no use: all of them are made anew.
  if (!absl::IsNotFound(pinned.status()) && !absl::IsFailedPrecondition(pinned.status()))
    return pinned.status();
  ASSIGN_OR_RETURN(std::unique_ptr<KernelMaps> created, KernelMaps::create(capacity));
  return OpenedMaps{.maps = std::move(created), .adopted = false};
}

// What keeps the program from an interface, and may end without us: the interface is missing, or
// has somebody else's program.
bool may_pass(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsAlreadyExists(status);
}

absl::Status pin_maps(const Pins& pins, const KernelMaps& maps) {
  RETURN_IF_ERROR(pins.make_tables(maps.capacity()));
  return maps.pin(pins.tables(maps.capacity()));
}

}  // namespace

// The count goes last: packets may read the addresses meanwhile.
void FastPath::State::listen(const std::vector<ListenAddress>& addresses) {
  struct control& control = maps_->control();
  const std::size_t count = std::min<std::size_t>(addresses.size(), LISTEN_MAX);
  for (std::size_t i = 0; i < count; ++i) control.listen[i] = addresses[i].mapped;
  for (std::size_t i = count; i < addresses.size(); ++i) left_out_.push_back(addresses[i].text);
  control.port = options_.port;
  control.listen_count = static_cast<__u16>(count);
}

// Packets of an interface go by its guard from the first one on.
absl::StatusOr<Attachment> FastPath::State::attach_to(const std::string& interface) {
  ASSIGN_OR_RETURN(const int index, interface_index(interface));
  const auto at = std::find(options_.interfaces.begin(), options_.interfaces.end(), interface);
  maps_->control().interfaces[at - options_.interfaces.begin()] = static_cast<__u32>(index);
  if (options_.share) return attach_shared(interface, pins_, program_, options_.mode);
  return attach_link(interface, pins_.link(interface), program_.fd(), options_.mode);
}

absl::StatusOr<std::vector<InterfaceAttachment>> FastPath::State::attach() {
  RETURN_IF_ERROR(pins_.make_links());
  maps_->control().interface_count = static_cast<__u32>(options_.interfaces.size());
  std::vector<InterfaceAttachment> attached;
  for (const std::string& interface : options_.interfaces) {
    absl::StatusOr<Attachment> attachment = attach_to(interface);
    if (attachment.ok()) {
      attached.push_back({interface, absl::OkStatus(), *std::move(attachment)});
      continue;
    }
    if (options_.patient && may_pass(attachment.status())) {
      attached.push_back({interface, attachment.status(), {}});
      awaited_.push_back(interface);
      continue;
    }
    for (const InterfaceAttachment& each : attached) {
      if (each.waiting.ok() && !each.attachment.adopted)
        datapath::detach(pins_.root(), each.interface).IgnoreError();
    }
    return attachment.status();
  }
  RETURN_IF_ERROR(pins_.remove_other_tables(options_.capacity));
  return attached;
}

// Whoever detaches on purpose removes the pin of the link; it stays when the interface goes.
absl::StatusOr<FastPath::Place> FastPath::State::place_of(const std::string& interface) const {
  const absl::StatusOr<int> index = interface_index(interface);
  if (absl::IsNotFound(index.status())) return Place::kLost;
  RETURN_IF_ERROR(index.status());
  if (std::find(awaited_.begin(), awaited_.end(), interface) != awaited_.end())
    return Place::kComeBack;
  if (options_.share)
    return is_attached_shared(*index, pins_) ? Place::kAttached : Place::kTakenOff;
  ASSIGN_OR_RETURN(const bool attached, datapath::is_attached(*index, program_.fd()));
  if (attached) return Place::kAttached;
  const std::vector<std::string> linked = pins_.linked_interfaces();
  const bool pinned = std::find(linked.begin(), linked.end(), interface) != linked.end();
  return pinned ? Place::kComeBack : Place::kTakenOff;
}

absl::StatusOr<Attachment> FastPath::State::reattach(const std::string& interface) {
  ASSIGN_OR_RETURN(Attachment attachment, attach_to(interface));
  std::erase(awaited_, interface);
  return attachment;
}

absl::Status FastPath::State::detach() {
  for (const std::string& interface : options_.interfaces) {
    const absl::Status status = datapath::detach(pins_.root(), interface);
    if (!status.ok() && !absl::IsNotFound(status)) return status;
  }
  return absl::OkStatus();
}

// Nothing is pinned before the program is accepted: where it is not, no trace stays.
absl::StatusOr<std::unique_ptr<FastPath>> FastPath::open(const FastPathOptions& options) {
  for (const std::string& interface : options.interfaces) {
    if (!options.patient) RETURN_IF_ERROR(interface_index(interface).status());
  }
  ASSIGN_OR_RETURN(const std::vector<ListenAddress> addresses,
                   resolve_listen_addresses(options.listen, options.interfaces));
  Pins pins(options.pin_root);
  RETURN_IF_ERROR(pins.prepare());
  ASSIGN_OR_RETURN(Descriptor lock, pins.lock());
  ASSIGN_OR_RETURN(OpenedMaps opened, open_maps(pins, options.capacity));
  ASSIGN_OR_RETURN(Program program, Program::open(*opened.maps));
  if (!options.share) RETURN_IF_ERROR(program.load());
  if (!opened.adopted) RETURN_IF_ERROR(pin_maps(pins, *opened.maps));
  auto state = std::make_unique<State>(options, std::move(pins), std::move(lock),
                                       std::move(opened.maps), opened.adopted, std::move(program));
  state->listen(addresses);
  return std::unique_ptr<FastPath>(new FastPath(std::move(state)));
}

FastPath::FastPath(std::unique_ptr<State> state) : state_(std::move(state)) {}
FastPath::~FastPath() = default;

KernelMaps& FastPath::maps() { return state_->maps(); }
bool FastPath::adopted_maps() const { return state_->adopted(); }
const std::vector<std::string>& FastPath::addresses_left_out() const { return state_->left_out(); }
absl::StatusOr<std::vector<InterfaceAttachment>> FastPath::attach() { return state_->attach(); }
absl::StatusOr<FastPath::Place> FastPath::place_of(const std::string& interface) const {
  return state_->place_of(interface);
}
absl::StatusOr<Attachment> FastPath::reattach(const std::string& interface) {
  return state_->reattach(interface);
}
absl::Status FastPath::detach() { return state_->detach(); }

}  // namespace signpost::datapath
