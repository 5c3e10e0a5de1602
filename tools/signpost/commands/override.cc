#include "signpost/commands/override.h"

#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "signpost/commands/show.h"
#include "signpost/pages.h"
#include "signpost/table.h"
#include "signpost/v1/override.pb.h"

namespace signpost::cli {
namespace {

std::string action_text(const v1::Override& override) {
  switch (override.action()) {
    case v1::Override::UP:
      return "up";
    case v1::Override::DOWN:
      return "down";
    default:
      break;
  }
  const char* way = override.has_restoring_since() ? "coming back" : "drain";
  return absl::StrCat(way, ", ", override.weight_percent(), " % left");
}

std::string scope_text(const v1::Override& override) {
  if (!override.health_check_id().empty()) return "health check " + override.health_check_id();
  if (!override.selector().empty()) return "checks with tags " + override.selector();
  if (!override.region().empty()) return "region " + override.region();
  return "endpoint " + override.endpoint();
}

std::string expiry_text(const v1::Override& override) {
  return override.has_expires() ? format_time(override.expires()) : "never";
}

v1::Override::Action action_of(const std::string& text) {
  if (text == "up") return v1::Override::UP;
  return text == "down" ? v1::Override::DOWN : v1::Override::DRAIN;
}

}  // namespace

absl::StatusOr<std::uint32_t> parse_duration(const std::string& text) {
  constexpr std::uint64_t kMax = 10ull * 366 * 86400;
  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string unit(read.ptr, text.data() + text.size());
  const std::uint64_t factor = unit == "s"   ? 1
                               : unit == "m" ? 60
                               : unit == "h" ? 3600
                               : unit == "d" ? 86400
                                             : 0;
  if (read.ec != std::errc() || factor == 0 || count == 0 || count > kMax / factor)
    return invalid_argument("\"", text, "\" is no duration; use for example 90s, 30m, 12h or 7d");
  return static_cast<std::uint32_t>(count * factor);
}

absl::StatusOr<int> override_set(Session& session, const OverrideArguments& arguments) {
  v1::SetOverrideRequest request;
  v1::Override& override = *request.mutable_override();
  override.set_action(action_of(arguments.action));
  if (!arguments.check.empty()) override.set_health_check_id(arguments.check);
  if (!arguments.selector.empty()) override.set_selector(arguments.selector);
  if (!arguments.region.empty()) override.set_region(arguments.region);
  if (!arguments.endpoint.empty()) override.set_endpoint(arguments.endpoint);
  override.set_reason(arguments.reason);
  if (!arguments.ramp.empty()) {
    ASSIGN_OR_RETURN(const std::uint32_t ramp, parse_duration(arguments.ramp));
    override.set_ramp_seconds(ramp);
  }
  if (!arguments.expires_after.empty()) {
    ASSIGN_OR_RETURN(const std::uint32_t expires, parse_duration(arguments.expires_after));
    request.set_expires_after_seconds(expires);
  }
  request.set_break_glass(arguments.break_glass);
  ASSIGN_OR_RETURN(const v1::SetOverrideResponse response, session.client.set_override(request));
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, response);
    return kDone;
  }
  const v1::Override& made = response.override();
  session.out << "override " << made.number() << ": " << printable(scope_text(made)) << " "
              << arguments.action << ", expires " << expiry_text(made) << "\n";
  return kDone;
}

absl::StatusOr<int> override_clear(Session& session, const OverrideArguments& arguments) {
  v1::ClearOverrideRequest request;
  request.set_number(arguments.number);
  request.set_at_once(arguments.at_once);
  request.set_break_glass(arguments.break_glass);
  request.set_reason(arguments.reason);
  RETURN_IF_ERROR(session.client.clear_override(request).status());
  session.out << "override " << arguments.number << " cleared\n";
  return kDone;
}

absl::StatusOr<int> override_list(Session& session, const OverrideArguments& arguments) {
  ASSIGN_OR_RETURN(const v1::ListOverridesResponse response,
                   session.client.list_overrides(v1::ListOverridesRequest()));
  Table table({{"OVERRIDE", Align::kRight},
               {"ACTION"},
               {"SCOPE"},
               {"OWNER"},
               {"SET"},
               {"EXPIRES"},
               {"REASON"}});
  for (const v1::Override& override : response.overrides())
    table.add_row({absl::StrCat(override.number()), action_text(override), scope_text(override),
                   override.owner(), format_time(override.set()), expiry_text(override),
                   or_dash(override.reason())});
  return show(session, arguments.format, response, table, "no overrides");
}

absl::StatusOr<int> override_history(Session& session, const OverrideArguments& arguments) {
  ASSIGN_OR_RETURN(const auto all, first_items(session.client, &Client::list_override_history,
                                               v1::ListOverrideHistoryRequest(), arguments.most));
  Table table({{"TIME"}, {"AUTHOR"}, {"EVENT"}});
  for (const auto& item : all.items())
    table.add_row({format_time(item.time()), item.author(), item.text()});
  return show(session, arguments.format, all, table, "no overrides yet");
}

absl::StatusOr<int> safety_rule_set(Session& session, const SafetyRuleArguments& arguments) {
  v1::SafetyRule rule;
  rule.set_name(arguments.name);
  rule.set_at_least(arguments.at_least);
  for (const std::string& check : arguments.checks) rule.add_health_check_ids(check);
  rule.set_selector(arguments.selector);
  RETURN_IF_ERROR(session.client.set_safety_rule(rule).status());
  session.out << "safety rule " << arguments.name << " holds\n";
  return kDone;
}

absl::StatusOr<int> safety_rule_delete(Session& session, const SafetyRuleArguments& arguments) {
  v1::DeleteSafetyRuleRequest request;
  request.set_name(arguments.name);
  RETURN_IF_ERROR(session.client.delete_safety_rule(request).status());
  session.out << "safety rule " << arguments.name << " deleted\n";
  return kDone;
}

absl::StatusOr<int> safety_rule_list(Session& session, const SafetyRuleArguments& arguments) {
  ASSIGN_OR_RETURN(const v1::ListSafetyRulesResponse response,
                   session.client.list_safety_rules(v1::ListSafetyRulesRequest()));
  Table table({{"SAFETY RULE"},
               {"AT LEAST", Align::kRight},
               {"ON", Align::kRight},
               {"OF", Align::kRight},
               {"CHECKS"}});
  for (const auto& item : response.items())
    table.add_row({item.rule().name(), absl::StrCat(item.rule().at_least()),
                   absl::StrCat(item.on()), absl::StrCat(item.selected()),
                   item.rule().selector().empty()
                       ? absl::StrJoin(item.rule().health_check_ids(), ", ")
                       : "tags " + item.rule().selector()});
  return show(session, arguments.format, response, table, "no safety rules");
}

}  // namespace signpost::cli
