#include "model/override.h"

#include <algorithm>
#include <ctime>

#include "absl/strings/str_cat.h"

namespace signpost::model {

namespace {

using Time = Override::Time;
using std::chrono::milliseconds;

constexpr unsigned kStepsMax = 100;

struct ScopeWriter {
  std::string operator()(const CheckScope& scope) const { return "health check " + scope.check_id; }
  std::string operator()(const TagScope& scope) const { return "checks with tags " + scope.text; }
  std::string operator()(const RegionScope& scope) const { return "region " + scope.region; }
  std::string operator()(const EndpointScope& scope) const {
    return "endpoint " + endpoint_text(scope);
  }
};

std::string time_text(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts);
  return text;
}

unsigned steps_of(const Override& override) {
  return std::clamp<unsigned>(static_cast<unsigned>(override.ramp / kRampStep), 1, kStepsMax);
}

// Steps of a ramp that began at `begin` done by `now`.
unsigned steps_done(const Override& override, Time begin, Time now) {
  if (override.ramp.count() == 0) return steps_of(override);
  if (now <= begin) return 0;
  const auto done = (now - begin) * steps_of(override) / override.ramp;
  return static_cast<unsigned>(std::min<decltype(done)>(done, steps_of(override)));
}

// When so many steps are done.
Time time_of_step(const Override& override, Time begin, unsigned steps) {
  // The time of a step counts as after it, whatever the division below leaves.
  return begin + std::chrono::ceil<milliseconds>(std::chrono::duration<double>(override.ramp) *
                                                 steps / steps_of(override));
}

// Steps away from the full weight.
unsigned steps_down(const Override& override, Time now) {
  if (!override.restoring_since) return steps_done(override, override.set, now);
  const unsigned then = steps_done(override, override.set, *override.restoring_since);
  return then - std::min(then, steps_done(override, *override.restoring_since, now));
}

}  // namespace

std::string endpoint_text(const EndpointScope& scope) {
  const bool single = scope.prefix.length == (scope.prefix.is_ipv6 ? 128 : 32);
  const std::string text = scope.prefix.text();
  return single ? text.substr(0, text.find('/')) : text;
}

std::string scope_text(const OverrideScope& scope) { return std::visit(ScopeWriter(), scope); }

unsigned weight_percent(const Override& override, Time now) {
  if (override.action != OverrideAction::kDrain) return 100;
  return 100 - 100 * steps_down(override, now) / steps_of(override);
}

std::optional<Time> next_change(const Override& override, Time now) {
  std::optional<Time> next = override.expires;
  if (override.action != OverrideAction::kDrain) return next;
  if (override.restoring_since) {
    const Time begin = *override.restoring_since;
    return time_of_step(override, begin, steps_done(override, begin, now) + 1);
  }
  const unsigned done = steps_done(override, override.set, now);
  if (done == steps_of(override)) return next;
  const Time step = time_of_step(override, override.set, done + 1);
  return next ? std::min(*next, step) : step;
}

bool has_ended(const Override& override, Time now) {
  if (override.action != OverrideAction::kDrain)
    return override.expires && now >= *override.expires;
  return override.restoring_since && steps_down(override, now) == 0;
}

std::string override_words(const Override& override, unsigned weight_percent) {
  std::string words = "drained to " + std::to_string(weight_percent) + " %";
  if (override.action == OverrideAction::kUp) words = "up";
  if (override.action == OverrideAction::kDown) words = "down";
  if (override.action == OverrideAction::kDrain && weight_percent == 0) words = "drained: down";
  absl::StrAppend(&words, " by override ", override.number, " of ", override.owner);
  if (override.restoring_since) {
    absl::StrAppend(&words, ", coming back");
  } else {
    absl::StrAppend(&words, override.expires ? " until " + time_text(*override.expires)
                                             : std::string(" until cleared"));
  }
  if (!override.reason.empty()) absl::StrAppend(&words, ": ", override.reason);
  return words;
}

}  // namespace signpost::model
