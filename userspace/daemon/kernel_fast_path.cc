#include "daemon/kernel_fast_path.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "bpf/reasons.h"
#include "datapath/guard_switch.h"

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
  out.interface = options.interface;
  out.capacity.nodes = options.max_nodes;
  out.capacity.cells = options.max_cells;
  out.capacity.locality_cells = options.max_locality_cells;
  out.capacity.localities = options.max_localities;
  out.listen = options.listen;
  out.port = options.port;
  out.mode = choice_of(options.mode);
  out.share = options.share_interface;
  return out;
}

}  // namespace

KernelFastPath::KernelFastPath(const Options& options,
                               std::unique_ptr<datapath::FastPath> fast_path)
    : interface_(options.interface),
      fast_path_(std::move(fast_path)),
      publisher_(fast_path_->maps()) {}

absl::StatusOr<std::unique_ptr<KernelFastPath>> KernelFastPath::open(const Options& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<datapath::FastPath> fast_path,
                   datapath::FastPath::open(to_datapath(options)));
  return std::unique_ptr<KernelFastPath>(new KernelFastPath(options, std::move(fast_path)));
}

absl::Status KernelFastPath::attach() {
  std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(attachment_, fast_path_->attach());
  place_ = Place::kAttached;
  return absl::OkStatus();
}

absl::Status KernelFastPath::detach() {
  std::lock_guard lock(mutex_);
  look_while_locked();
  if (place_ == Place::kTakenOff) return absl::OkStatus();
  RETURN_IF_ERROR(fast_path_->detach());
  place_ = Place::kNotYet;
  return absl::OkStatus();
}

void KernelFastPath::look_at_attachment() {
  std::lock_guard lock(mutex_);
  look_while_locked();
}

// A look that fails says nothing about the program.
void KernelFastPath::look_while_locked() {
  if (place_ != Place::kAttached || fast_path_->is_attached().value_or(true)) return;
  place_ = Place::kTakenOff;
  log::warning(why_detached());
}

std::string KernelFastPath::why_detached() const {
  return absl::StrCat("the XDP program was taken off ", interface_,
                      ", and the daemon answers all queries; restart signpostd to attach it again");
}

absl::StatusOr<datapath::DigestKey> KernelFastPath::digest_key() {
  std::lock_guard lock(mutex_);
  return publisher_.digest_key();
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
  if (place_ == Place::kTakenOff) return {.resident = false, .reason = why_detached()};
  return publisher_.residence(answer);
}

std::uint64_t KernelFastPath::answer_count(std::uint32_t counter) {
  std::lock_guard lock(mutex_);
  return fast_path_->maps().answer_count(counter).value_or(0);
}

std::vector<std::uint64_t> KernelFastPath::demand() {
  std::lock_guard lock(mutex_);
  return fast_path_->maps().demand().value_or(std::vector<std::uint64_t>());
}

absl::Status KernelFastPath::set_guard(const guard& next) {
  std::lock_guard lock(mutex_);
  return datapath::switch_guard(fast_path_->maps(), next);
}

control::FastPathReport KernelFastPath::report() {
  using Report = control::FastPathReport;
  std::lock_guard lock(mutex_);
  look_while_locked();
  Report report;
  report.interface = interface_;
  report.mode = attachment_.mode == datapath::AttachMode::kNative ? Report::Mode::kNative
                                                                  : Report::Mode::kGeneric;
  report.mode_reason = attachment_.warning;
  if (place_ == Place::kTakenOff) {
    report.mode = Report::Mode::kUserspace;
    report.mode_reason = why_detached();
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
  report.nodes_capacity = fast_path_->maps().capacity().nodes;
  report.cells_capacity = fast_path_->maps().capacity().cells;
  return report;
}

}  // namespace signpost::daemon
