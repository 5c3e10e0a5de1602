#include "health/certificate_warning.h"

#include <chrono>
#include <cstdint>
#include <variant>

#include "base/log.h"

namespace signpost::health {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::chrono::hours kWarnEvery{24};

// Of the TLS options, where the check has any.
std::uint32_t warning_days(const model::HealthCheck& check) {
  return std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.tls->certificate_warning_days; }) {
          return kind.tls ? kind.tls->certificate_warning_days : 0;
        } else {
          return 0u;
        }
      },
      check.kind);
}

}  // namespace

std::optional<model::CertificateEvent> warn_of_certificate(RunningCheck& check) {
  if (!check.state.certificate_expires) return std::nullopt;
  const std::chrono::days within(warning_days(*check.config));
  const auto left = *check.state.certificate_expires - system_clock::now();
  check.state.certificate_expires_soon = within.count() > 0 && left < within;
  const auto now = steady_clock::now();
  const auto& warned = check.warned_of_certificate;
  if (!check.state.certificate_expires_soon || (warned && now - *warned < kWarnEvery))
    return std::nullopt;
  check.warned_of_certificate = now;
  log::warning("a certificate expires soon",
               {{"check", check.config->id},
                {"target", check.state.target},
                {"days_left", std::chrono::floor<std::chrono::days>(left).count()}});
  return model::CertificateEvent{check.config->id, check.state.target,
                                 *check.state.certificate_expires, check.config->tags};
}

}  // namespace signpost::health
