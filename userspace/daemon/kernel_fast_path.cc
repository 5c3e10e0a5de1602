#include "daemon/kernel_fast_path.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "bpf/counted_type.h"
#include "bpf/reasons.h"
#include "datapath/guard_switch.h"
#include "datapath/heartbeat.h"
#include "dns/rcode.h"

namespace signpost::daemon {
namespace {

struct ReasonText {
  std::string_view label;
  std::string_view help;
};
constexpr std::array<ReasonText, REASON_COUNT> kReasons = {{
#define X(id, label, help) {label, help},
    SIGNPOST_REASONS(X)
#undef X
}};

std::string_view verdict_of(std::size_t reason) {
  if (reason <= REASON_SENT_LAST) return control::kAnswerVerdict;
  return reason == REASON_LIMITED ? control::kDropVerdict : control::kPassVerdict;
}

// The replies by enum reason and type, as datapath::KernelMaps::type_counts() has them.
std::vector<server::ReplyCount> to_replies(const std::vector<std::uint64_t>& types) {
  constexpr std::array<server::ReplyOutcome, REASON_NXDOMAIN + 1> kOutcomes = {
      server::ReplyOutcome::kAnswer, server::ReplyOutcome::kNodata,
      server::ReplyOutcome::kNxdomain};
  std::vector<server::ReplyCount> replies;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == 0) continue;
    const server::ReplyOutcome outcome = kOutcomes.at(i / COUNTED_TYPES);
    const bool is_nxdomain = outcome == server::ReplyOutcome::kNxdomain;
    replies.push_back(
        {static_cast<std::uint16_t>(is_nxdomain ? dns::kRcodeNxdomain : dns::kRcodeNoError),
         outcome, static_cast<std::uint16_t>(i % COUNTED_TYPES), types[i]});
  }
  return replies;
}

datapath::ModeChoice choice_of(Mode mode) {
  switch (mode) {
    case Mode::kNative:
      return datapath::ModeChoice::kNative;
    case Mode::kGeneric:
      return datapath::ModeChoice::kGeneric;
    case Mode::kAuto:
    case Mode::kUserspace:
      return datapath::ModeChoice::kAny;
  }
  return datapath::ModeChoice::kAny;
}

datapath::FastPathOptions to_datapath(const Options& options) {
  datapath::FastPathOptions out;
  out.interfaces = options.interfaces;
  out.capacity.nodes = options.max_nodes;
  out.capacity.cells = options.max_cells;
  out.capacity.locality_cells = options.max_locality_cells;
  out.capacity.localities = options.max_localities;
  out.listen = options.listen;
  out.port = options.port;
  out.mode = choice_of(options.mode);
  out.share = options.share_interface;
  // Whoever names a mode wants to know at once that it can't be had.
  out.patient = options.mode == Mode::kAuto;
  return out;
}

}  // namespace

KernelFastPath::KernelFastPath(std::unique_ptr<datapath::FastPath> fast_path)
    : fast_path_(std::move(fast_path)),
      capacity_(fast_path_->maps().capacity()),
      publisher_(fast_path_->maps()),
      unattended_(datapath::silence(fast_path_->maps().control())) {}

absl::StatusOr<std::unique_ptr<KernelFastPath>> KernelFastPath::open(const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<datapath::FastPath> fast_path,
                   datapath::FastPath::open(to_datapath(options)));
  datapath::stop_samples(fast_path->maps());
  return std::unique_ptr<KernelFastPath>(new KernelFastPath(std::move(fast_path)));
}

absl::Status KernelFastPath::attach() {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(std::vector<datapath::InterfaceAttachment> attached, fast_path_->attach());
  for (auto& [name, waiting, attachment] : attached) {
    Place place = Place::kAttached;
    if (!waiting.ok()) place = absl::IsNotFound(waiting) ? Place::kLost : Place::kComeBack;
    interfaces_.push_back(
        {std::move(name), place, std::move(attachment), std::string(waiting.message())});
  }
  return absl::OkStatus();
}

absl::Status KernelFastPath::detach() {
  std::lock_guard lock(mutex_);
  interfaces_.clear();
  return fast_path_->detach();
}

void KernelFastPath::look_at_attachments() {
  std::lock_guard lock(mutex_);
  look_while_locked();
}

void KernelFastPath::look_while_locked() {
  for (Interface& interface : interfaces_) look_at(interface);
}

// A look that fails says nothing about the program.
void KernelFastPath::look_at(Interface& interface) {
  const Place before = interface.place;
  const Place now = fast_path_->place_of(interface.name).value_or(before);
  interface.place = now;
  if (now == Place::kComeBack) {
    absl::StatusOr<datapath::Attachment> again = fast_path_->reattach(interface.name);
    if (again.ok()) {
      interface.attachment = *std::move(again);
      interface.place = Place::kAttached;
      interface.why_not.clear();
      log::info("the interface is free for the program, which is attached now",
                {{"interface", interface.name}});
    } else if (interface.why_not != again.status().message()) {
      interface.why_not = std::string(again.status().message());
      log::warning(report_of(interface).mode_reason);
    }
  } else if (now != before) {
    log::warning(report_of(interface).mode_reason);
  }
}

bool KernelFastPath::is_attached() const {
  return std::any_of(interfaces_.begin(), interfaces_.end(), [](const Interface& interface) {
    return interface.place == Place::kAttached;
  });
}

control::FastPathReport::Interface KernelFastPath::report_of(const Interface& interface) const {
  using Mode = control::FastPathReport::Mode;
  switch (interface.place) {
    case Place::kAttached:
      return {interface.name,
              interface.attachment.mode == datapath::AttachMode::kNative ? Mode::kNative
                                                                         : Mode::kGeneric,
              interface.attachment.warning};
    case Place::kTakenOff:
      return {interface.name, Mode::kUserspace,
              absl::StrCat("the XDP program was taken off ", interface.name,
                           ", and the daemon answers all queries there; restart signpostd to "
                           "attach it again")};
    case Place::kLost:
      return {interface.name, Mode::kUserspace,
              absl::StrCat("the interface ", interface.name,
                           " is not there; the XDP program will be attached when it is")};
    case Place::kComeBack:
      return {interface.name, Mode::kUserspace,
              absl::StrCat("the daemon answers all queries at ", interface.name,
                           " until the XDP program can be attached: ", interface.why_not)};
  }
  return {interface.name, Mode::kUserspace, ""};
}

absl::StatusOr<datapath::DigestKey> KernelFastPath::digest_key() {
  std::lock_guard lock(mutex_);
  return publisher_.digest_key();
}

// Without the lock: it must not wait for a large change that is being published.
void KernelFastPath::beat(std::chrono::nanoseconds pass_after) {
  datapath::beat(fast_path_->maps(), pass_after);
}

absl::StatusOr<std::unique_ptr<datapath::SampleReader>> KernelFastPath::sample(
    std::uint32_t gap, datapath::SampleReader::OnSample on_sample) {
  return datapath::SampleReader::open(fast_path_->maps(), gap, std::move(on_sample));
}

std::optional<std::string> KernelFastPath::unreachable() {
  std::lock_guard lock(mutex_);
  look_while_locked();
  for (const Interface& interface : interfaces_) {
    if (interface.place != Place::kLost) return std::nullopt;
  }
  if (interfaces_.empty()) return std::nullopt;
  return report_of(interfaces_.front()).mode_reason;
}

bool KernelFastPath::adopted_maps() {
  std::lock_guard lock(mutex_);
  return fast_path_->adopted_maps();
}

std::vector<std::string> KernelFastPath::addresses_left_out() {
  std::lock_guard lock(mutex_);
  return fast_path_->addresses_left_out();
}

policy::IdRegistry::Remembered KernelFastPath::remembered_ids() {
  std::lock_guard lock(mutex_);
  absl::StatusOr<policy::IdRegistry::Remembered> remembered = publisher_.remembered_ids();
  if (remembered.ok()) return *std::move(remembered);
  log::warning("the ids of counters could not be read; counts begin anew",
               {{"error", std::string(remembered.status().message())}});
  return {};
}

absl::Status KernelFastPath::rebuild(const model::AnswerTable& table) {
  std::lock_guard lock(mutex_);
  return publisher_.rebuild(table);
}

absl::Status KernelFastPath::stage(const model::AnswerTable& table,
                                   const model::TableChange& change) {
  std::lock_guard lock(mutex_);
  return publisher_.stage(table, change);
}

absl::Status KernelFastPath::activate() {
  std::lock_guard lock(mutex_);
  return publisher_.activate();
}

absl::Status KernelFastPath::settle() {
  std::lock_guard lock(mutex_);
  return publisher_.settle();
}

absl::Status KernelFastPath::abandon() {
  std::lock_guard lock(mutex_);
  return publisher_.abandon();
}

absl::Status KernelFastPath::remember_ids(const policy::IdRegistry::Journal& journal) {
  std::lock_guard lock(mutex_);
  return publisher_.remember_ids(journal);
}

datapath::Publisher::Residence KernelFastPath::residence(const model::Answer& answer) {
  std::lock_guard lock(mutex_);
  look_while_locked();
  if (!interfaces_.empty() && !is_attached())
    return {.resident = false, .reason = report_of(interfaces_.front()).mode_reason};
  return publisher_.residence(answer);
}

absl::Status KernelFastPath::check_room(const model::AnswerTable& table,
                                        const model::TableChange& change) {
  std::lock_guard lock(mutex_);
  return publisher_.check_room(table, change);
}

std::uint64_t KernelFastPath::answer_count(std::uint32_t counter) {
  std::lock_guard lock(mutex_);
  return fast_path_->maps().answer_count(counter).value_or(0);
}

std::vector<server::ReplyCount> KernelFastPath::replies() {
  std::lock_guard lock(mutex_);
  return to_replies(fast_path_->maps().type_counts().value_or(std::vector<std::uint64_t>()));
}

std::vector<std::uint64_t> KernelFastPath::answer_counts(std::size_t counters) {
  std::lock_guard lock(mutex_);
  return fast_path_->maps().answer_counts(counters).value_or(std::vector<std::uint64_t>());
}

std::vector<std::uint64_t> KernelFastPath::demand() {
  std::lock_guard lock(mutex_);
  return fast_path_->maps().demand().value_or(std::vector<std::uint64_t>());
}

absl::Status KernelFastPath::set_guards(std::span<const guard> next) {
  std::lock_guard lock(mutex_);
  return datapath::switch_guards(fast_path_->maps(), next);
}

control::FastPathReport KernelFastPath::report() {
  using Report = control::FastPathReport;
  std::lock_guard lock(mutex_);
  look_while_locked();
  Report report;
  report.mode = interfaces_.empty() ? Report::Mode::kUserspace : Report::Mode::kNative;
  for (const Interface& interface : interfaces_) {
    report.interfaces.push_back(report_of(interface));
    report.mode = std::max(report.mode, report.interfaces.back().mode);
  }
  const std::vector<std::uint64_t> counts =
      fast_path_->maps().reason_counts().value_or(std::vector<std::uint64_t>(REASON_COUNT, 0));
  for (std::size_t i = 0; i < kReasons.size() && i < counts.size(); ++i) {
    report.reasons.push_back({std::string(kReasons[i].label), std::string(kReasons[i].help),
                              std::string(verdict_of(i)), counts[i]});
  }
  report.guard_events = fast_path_->maps().guard_counts().value_or(std::vector<std::uint64_t>());
  const datapath::Publisher::Use use = publisher_.use();
  report.nodes_used = use.nodes;
  report.cells_used = use.cells;
  report.nodes_capacity = capacity_.nodes;
  report.cells_capacity = capacity_.cells;
  return report;
}

}  // namespace signpost::daemon
