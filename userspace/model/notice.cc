#include "model/notice.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace signpost::model {
namespace {

struct Summary {
  std::string operator()(const HealthFlipEvent& flip) const {
    const char* const health = flip.health == Health::kHealthy     ? "healthy"
                               : flip.health == Health::kUnhealthy ? "unhealthy"
                                                                   : "unknown";
    return absl::StrCat("health check ", flip.check_id, " (", flip.target, ") is ", health,
                        flip.reason.empty() ? "" : ": ", flip.reason);
  }
  std::string operator()(const CertificateEvent& event) const {
    return absl::StrCat("the certificate at ", event.target, " (health check ", event.check_id,
                        ") expires ",
                        absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromChrono(event.expires),
                                         absl::UTCTimeZone()));
  }
  std::string operator()(const BlindProberEvent& event) const {
    if (!event.blind)
      return absl::StrCat("the prober trusts itself again and judges targets: ", event.reason);
    return absl::StrCat(
        "the prober suspects that it is blind and holds the last health: ", event.failed, " of ",
        event.targets, " healthy targets failed within one interval");
  }
  std::string operator()(const OverrideChangeEvent& event) const {
    return absl::StrCat(event.text, ", by ", event.author);
  }
};

struct SeverityOf {
  Severity operator()(const HealthFlipEvent& flip) const {
    return flip.health == Health::kUnhealthy ? Severity::kCritical : Severity::kInfo;
  }
  Severity operator()(const CertificateEvent&) const { return Severity::kWarning; }
  Severity operator()(const BlindProberEvent& event) const {
    return event.blind ? Severity::kCritical : Severity::kInfo;
  }
  Severity operator()(const OverrideChangeEvent& event) const {
    return event.break_glass ? Severity::kWarning : Severity::kInfo;
  }
};

}  // namespace

const char* kind_name(NoticeKind kind) {
  static constexpr std::array<const char*, kNoticeKinds> kNames{"health_flip", "certificate_expiry",
                                                                "blind_prober", "override"};
  return kNames[static_cast<std::size_t>(kind)];
}

Severity severity_of(const NoticeEvent& event) { return std::visit(SeverityOf{}, event); }

std::string summary_of(const NoticeEvent& event) { return std::visit(Summary{}, event); }

const std::string& check_of(const NoticeEvent& event) {
  static const std::string kNone;
  return std::visit(
      [](const auto& of) -> const std::string& {
        if constexpr (requires { of.check_id; }) {
          return of.check_id;
        } else {
          return kNone;
        }
      },
      event);
}

const Tags& tags_of(const NoticeEvent& event) {
  static const Tags kNone;
  return std::visit(
      [](const auto& of) -> const Tags& {
        if constexpr (requires { of.tags; }) {
          return of.tags;
        } else {
          return kNone;
        }
      },
      event);
}

std::string subject_of(const NoticeEvent& event) {
  const auto* change = std::get_if<OverrideChangeEvent>(&event);
  if (change == nullptr) return check_of(event);
  return change->override_number == 0 ? "safety rules" : absl::StrCat(change->override_number);
}

bool resolves(const NoticeEvent& event) {
  const auto* flip = std::get_if<HealthFlipEvent>(&event);
  const auto* prober = std::get_if<BlindProberEvent>(&event);
  const auto* change = std::get_if<OverrideChangeEvent>(&event);
  return (flip != nullptr && flip->health == Health::kHealthy) ||
         (prober != nullptr && !prober->blind) || (change != nullptr && change->ended);
}

}  // namespace signpost::model
