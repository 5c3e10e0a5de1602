#include "control/translate_override.h"

#include "base/status.h"
#include "control/service_support.h"
#include "signpost/v1/override.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kReasonMax = 500;
constexpr std::uint32_t kRampDefault = 300;
constexpr std::uint32_t kRampMax = 86400;

absl::StatusOr<model::OverrideScope> read_scope(const v1::Override& in, const std::string& path) {
  switch (in.scope_case()) {
    case v1::Override::kHealthCheckId:
      return model::CheckScope{in.health_check_id()};
    case v1::Override::kSelector: {
      if (in.selector().empty())
        return invalid_argument(path, ".selector: is empty, and would select everything");
      absl::StatusOr<model::TagSelector> selector = model::TagSelector::parse(in.selector());
      if (!selector.ok()) return annotate(selector.status(), path + ".selector");
      return model::TagScope{in.selector(), *std::move(selector)};
    }
    case v1::Override::kRegion:
      if (in.region().empty()) return invalid_argument(path, ".region: is empty");
      return model::RegionScope{in.region()};
    case v1::Override::kEndpoint: {
      const absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(in.endpoint());
      if (!prefix.ok()) return annotate(prefix.status(), path + ".endpoint");
      return model::EndpointScope{*prefix};
    }
    case v1::Override::SCOPE_NOT_SET:
      break;
  }
  return invalid_argument(path,
                          ": says nothing to override; give one of health_check_id, selector, "
                          "region and endpoint");
}

absl::Status read_action(const v1::Override& in, const std::string& path, model::Override& out) {
  const std::uint32_t ramp = in.has_ramp_seconds() ? in.ramp_seconds() : kRampDefault;
  switch (in.action()) {
    case v1::Override::UP:
      out.action = model::OverrideAction::kUp;
      break;
    case v1::Override::DOWN:
      out.action = model::OverrideAction::kDown;
      break;
    case v1::Override::DRAIN:
      out.action = model::OverrideAction::kDrain;
      if (ramp == 0 || ramp > kRampMax)
        return invalid_argument(path, ".ramp_seconds: ", ramp, " is not allowed; use 1 to 86400");
      out.ramp = std::chrono::seconds(ramp);
      return absl::OkStatus();
    default:
      return invalid_argument(path, ".action: is missing; use UP, DOWN or DRAIN");
  }
  if (!in.has_ramp_seconds()) return absl::OkStatus();
  return invalid_argument(path, ".ramp_seconds: is of no use; only a DRAIN has a ramp");
}

}  // namespace

absl::StatusOr<model::Override> from_proto(const v1::Override& in, const std::string& path) {
  model::Override out;
  RETURN_IF_ERROR(read_action(in, path, out));
  ASSIGN_OR_RETURN(out.scope, read_scope(in, path));
  if (in.reason().size() > kReasonMax)
    return invalid_argument(path, ".reason: is too long; use at most 500 octets");
  out.reason = in.reason();
  out.number = in.number();
  out.owner = in.owner();
  out.break_glass = in.break_glass();
  out.set = time_of(in.set());
  if (in.has_expires()) out.expires = time_of(in.expires());
  if (in.has_restoring_since()) out.restoring_since = time_of(in.restoring_since());
  return out;
}

void to_proto(const model::Override& override, unsigned weight_percent, v1::Override& out) {
  out.set_number(override.number);
  out.set_reason(override.reason);
  out.set_owner(override.owner);
  out.set_break_glass(override.break_glass);
  set_time(override.set, *out.mutable_set());
  if (override.expires) set_time(*override.expires, *out.mutable_expires());
  if (override.restoring_since) set_time(*override.restoring_since, *out.mutable_restoring_since());
  out.set_action(override.action == model::OverrideAction::kUp     ? v1::Override::UP
                 : override.action == model::OverrideAction::kDown ? v1::Override::DOWN
                                                                   : v1::Override::DRAIN);
  if (override.action == model::OverrideAction::kDrain) {
    out.set_ramp_seconds(static_cast<std::uint32_t>(override.ramp.count()));
    out.set_weight_percent(weight_percent);
  }
  if (const auto* check = std::get_if<model::CheckScope>(&override.scope))
    out.set_health_check_id(check->check_id);
  if (const auto* tags = std::get_if<model::TagScope>(&override.scope))
    out.set_selector(tags->text);
  if (const auto* region = std::get_if<model::RegionScope>(&override.scope))
    out.set_region(region->region);
  if (const auto* endpoint = std::get_if<model::EndpointScope>(&override.scope))
    out.set_endpoint(model::endpoint_text(*endpoint));
}

}  // namespace signpost::control
