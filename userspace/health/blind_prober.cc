#include "health/blind_prober.h"

#include <algorithm>
#include <utility>

namespace signpost::health {
namespace {

constexpr std::size_t kFailedMin = 3;

// The host that a check speaks to; of a command all of it.
std::string host_of(const model::CheckKind& kind) {
  return std::visit(
      [&](const auto& probe) {
        if constexpr (requires { probe.target.address; }) {
          return probe.target.address.empty() ? probe.target.host : probe.target.address;
        } else {
          return model::target_text(kind);
        }
      },
      kind);
}

}  // namespace

bool BlindProber::observe(const model::HealthCheck& check, bool was_healthy, bool success,
                          SteadyTime now) {
  if (since_ && now - *since_ >= settings_.at_most) end("it has lasted too long");
  const auto [at, is_new] = checks_.try_emplace(check.id);
  Seen& seen = at->second;
  if (is_new) seen.host = host_of(check.kind);
  seen.interval = check.request_interval;
  seen.healthy = was_healthy;
  if (success) {
    const bool had_failed = std::exchange(seen.failing_since, std::nullopt).has_value();
    seen.passed = now;
    const bool ends =
        settings_.references.empty() ? had_failed : settings_.references.contains(check.id);
    if (since_ && ends) end("health check " + check.id + " passes");
    return false;
  }
  if (!seen.failing_since) {
    seen.failing_since = now;
    if (!since_) suspect(now);
  }
  return since_.has_value();
}

void BlindProber::suspect(SteadyTime now) {
  std::map<std::string, bool> failed;  // by host; of those with healthy checks
  SteadyTime first = now;
  for (const auto& [id, seen] : checks_) {
    const bool fresh = seen.failing_since && now - *seen.failing_since <= seen.interval;
    if (!seen.healthy || (seen.failing_since && !fresh)) continue;
    bool& all = failed.try_emplace(seen.host, true).first->second;
    all = all && fresh;
    if (fresh) first = std::min(first, *seen.failing_since);
  }
  const auto count = static_cast<std::size_t>(
      std::count_if(failed.begin(), failed.end(), [](const auto& host) { return host.second; }));
  if (count < kFailedMin || 2 * count <= failed.size() || reference_passed_since(first)) return;
  since_ = now;
  event_ = model::BlindProberEvent{.blind = true,
                                   .failed = static_cast<std::uint32_t>(count),
                                   .targets = static_cast<std::uint32_t>(failed.size()),
                                   .reason = {}};
}

bool BlindProber::reference_passed_since(SteadyTime time) const {
  return std::any_of(settings_.references.begin(), settings_.references.end(),
                     [&](const std::string& id) {
                       const auto seen = checks_.find(id);
                       return seen != checks_.end() && seen->second.passed >= time;
                     });
}

void BlindProber::end(const std::string& reason) {
  since_.reset();
  event_ = model::BlindProberEvent{.blind = false, .failed = 0, .targets = 0, .reason = reason};
}

}  // namespace signpost::health
