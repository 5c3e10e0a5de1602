#include <string>

#include "base/status.h"
#include "control/translate.h"
#include "control/translate_probes.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kIntervalMax = 300;
constexpr std::uint32_t kThresholdMax = 10;
constexpr milliseconds kConfirmMin{100};
constexpr milliseconds kConfirmMax{60000};

absl::StatusOr<std::uint32_t> read_threshold(std::uint32_t threshold, const std::string& path) {
  if (threshold == 0 || threshold > kThresholdMax) {
    return invalid_argument(path, ": ", threshold, " is not allowed; use 1 to 10");
  }
  return threshold;
}

absl::Status read_thresholds(const v1::HealthCheck& in, const std::string& path,
                             model::HealthCheck& out) {
  ASSIGN_OR_RETURN(out.failure_threshold,
                   read_threshold(in.has_failure_threshold() ? in.failure_threshold() : 3,
                                  absl::StrCat(path, ".failure_threshold")));
  if (in.has_rise()) {
    ASSIGN_OR_RETURN(out.rise, read_threshold(in.rise(), absl::StrCat(path, ".rise")));
  }
  if (in.has_fall()) {
    ASSIGN_OR_RETURN(out.fall, read_threshold(in.fall(), absl::StrCat(path, ".fall")));
  }
  return absl::OkStatus();
}

absl::Status read_timing(const v1::HealthCheck& in, const std::string& path,
                         model::HealthCheck& out) {
  const std::uint32_t interval = in.has_request_interval() ? in.request_interval() : 30;
  if (interval == 0 || interval > kIntervalMax) {
    return invalid_argument(path, ".request_interval: ", interval,
                            " is not allowed; use 1 to 300 seconds");
  }
  out.request_interval = seconds(interval);
  if (!in.has_confirm_after_milliseconds()) return absl::OkStatus();
  out.confirm_after = milliseconds(in.confirm_after_milliseconds());
  if (out.confirm_after < kConfirmMin || out.confirm_after > kConfirmMax ||
      out.confirm_after >= out.request_interval) {
    return invalid_argument(path, ".confirm_after_milliseconds: ", out.confirm_after.count(),
                            " is not allowed; use 100 to 60000, and less than the interval");
  }
  return absl::OkStatus();
}

// Route 53 refuses timing for checks that are not probed; so do we, because it would do nothing.
absl::Status check_unprobed(const v1::HealthCheck& in, const std::string& path) {
  if (in.has_request_interval()) {
    return invalid_argument(path, ".request_interval: is of no use; this check is not probed");
  }
  if (in.has_failure_threshold() || in.has_rise() || in.has_fall()) {
    return invalid_argument(path, ".failure_threshold: is of no use; this check is not probed");
  }
  if (in.has_confirm_after_milliseconds()) {
    return invalid_argument(path,
                            ".confirm_after_milliseconds: is of no use; this check is not probed");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<model::HealthCheckPtr> from_proto(const v1::HealthCheck& in,
                                                 const std::string& path) {
  auto out = std::make_shared<model::HealthCheck>();
  RETURN_IF_ERROR(check_health_check_id(in.id(), absl::StrCat(path, ".id")));
  out->id = in.id();
  ASSIGN_OR_RETURN(out->kind, kind_from_proto(in, path));
  if (model::is_probed(*out)) {
    RETURN_IF_ERROR(read_timing(in, path, *out));
    RETURN_IF_ERROR(read_thresholds(in, path, *out));
  } else {
    RETURN_IF_ERROR(check_unprobed(in, path));
  }
  for (int i = 0; i < in.tags_size(); ++i)
    RETURN_IF_ERROR(
        annotate(model::add_tag(in.tags(i), out->tags), absl::StrCat(path, ".tags[", i, "]")));
  out->inverted = in.inverted();
  out->disabled = in.disabled();
  return out;
}

void to_proto(const model::HealthCheck& check, v1::HealthCheck& out) {
  out.set_id(check.id);
  kind_to_proto(check.kind, out);
  if (model::is_probed(check)) {
    out.set_request_interval(
        static_cast<std::uint32_t>(duration_cast<seconds>(check.request_interval).count()));
    out.set_failure_threshold(check.failure_threshold);
    if (check.rise) out.set_rise(*check.rise);
    if (check.fall) out.set_fall(*check.fall);
    if (check.confirm_after.count() > 0)
      out.set_confirm_after_milliseconds(static_cast<std::uint32_t>(check.confirm_after.count()));
  }
  out.set_inverted(check.inverted);
  out.set_disabled(check.disabled);
  for (const std::string& tag : model::tag_texts(check.tags)) out.add_tags(tag);
}

}  // namespace signpost::control
