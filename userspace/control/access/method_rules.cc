#include "control/access/method_rules.h"

#include <algorithm>
#include <iterator>

namespace signpost::control {
namespace {

constexpr bool kChanges = true;

constexpr MethodRule kRules[] = {
    {"/signpost.v1.ConfigService/Plan", Role::kReader},
    {"/signpost.v1.ConfigService/Apply", Role::kAdmin, kChanges},
    {"/signpost.v1.ConfigService/ChangeRecordSets", Role::kAdmin, kChanges},
    {"/signpost.v1.ConfigService/ListZones", Role::kReader},
    {"/signpost.v1.ConfigService/ListRecordSets", Role::kReader},
    {"/signpost.v1.ConfigService/ListHealthChecks", Role::kReader},
    {"/signpost.v1.ConfigService/ListCidrCollections", Role::kReader},
    {"/signpost.v1.ConfigService/ListPlaceOverrides", Role::kReader},
    {"/signpost.v1.ConfigService/ListRegions", Role::kReader},
    {"/signpost.v1.ConfigService/ListTrafficPolicies", Role::kReader},
    {"/signpost.v1.ConfigService/Export", Role::kReader},
    {"/signpost.v1.ConfigService/ListHistory", Role::kReader},
    {"/signpost.v1.ConfigService/Diff", Role::kReader},
    {"/signpost.v1.ConfigService/Rollback", Role::kAdmin, kChanges},

    {"/signpost.v1.StatusService/GetStatus", Role::kReader},
    {"/signpost.v1.StatusService/ListHealth", Role::kReader},
    {"/signpost.v1.StatusService/Explain", Role::kReader},
    {"/signpost.v1.StatusService/ListExternalAliases", Role::kReader},
    {"/signpost.v1.StatusService/ListSecondaryZones", Role::kReader},

    // A test changes nothing, but has the daemon connect to a target.
    {"/signpost.v1.HealthService/TestHealthCheck", Role::kOperator},
    {"/signpost.v1.HealthService/SetRecoveryControl", Role::kOperator, kChanges},
    {"/signpost.v1.HealthService/ListHealthHistory", Role::kReader},

    {"/signpost.v1.LocationService/GetLocationData", Role::kReader},
    {"/signpost.v1.LocationService/ReloadLocationData", Role::kOperator, kChanges},
    {"/signpost.v1.LocationService/Locate", Role::kReader},
    {"/signpost.v1.LocationService/PushRoundTrips", Role::kOperator, kChanges},
    {"/signpost.v1.LocationService/ListRoundTrips", Role::kReader},

    {"/signpost.v1.ImpactService/PlanImpact", Role::kReader},
    {"/signpost.v1.ImpactService/Simulate", Role::kReader},

    {"/signpost.v1.NoticeService/WatchNotices", Role::kReader},
    {"/signpost.v1.NoticeService/ListNoticeReceivers", Role::kReader},

    {"/signpost.v1.OverrideService/SetOverride", Role::kOperator, kChanges},
    {"/signpost.v1.OverrideService/ClearOverride", Role::kOperator, kChanges},
    {"/signpost.v1.OverrideService/ListOverrides", Role::kReader},
    {"/signpost.v1.OverrideService/ListOverrideHistory", Role::kReader},
    // What operators are held to is not theirs to change.
    {"/signpost.v1.OverrideService/SetSafetyRule", Role::kAdmin, kChanges},
    {"/signpost.v1.OverrideService/DeleteSafetyRule", Role::kAdmin, kChanges},
    {"/signpost.v1.OverrideService/ListSafetyRules", Role::kReader},

    {"/signpost.v1.ScheduleService/ScheduleChange", Role::kAdmin, kChanges},
    {"/signpost.v1.ScheduleService/ListSchedules", Role::kReader},
    {"/signpost.v1.ScheduleService/CancelSchedule", Role::kAdmin, kChanges},

    {"/signpost.v1.TrafficService/WatchTraffic", Role::kReader},
};

}  // namespace

const MethodRule* rule_of(std::string_view method) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules),
                                   [&](const MethodRule& rule) { return method == rule.method; });
  return found == std::end(kRules) ? nullptr : found;
}

}  // namespace signpost::control
