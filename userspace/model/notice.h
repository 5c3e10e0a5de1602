// What the operator is told without having asked: the events that notices are of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "model/observations.h"
#include "model/tags.h"

namespace signpost::model {

// The health of a check became another one. The first verdict of a check is an event only if it is
// unhealthy.
struct HealthFlipEvent {
  std::string check_id;
  std::string target;  // target_text()
  Health before = Health::kUnknown;
  Health health = Health::kUnknown;  // from then on
  std::string reason;                // the result that made it so
  Tags tags{};                       // of the check
  friend bool operator==(const HealthFlipEvent&, const HealthFlipEvent&) = default;
};

// The certificate of a target expires within the days in which its check warns; once a day.
struct CertificateEvent {
  std::string check_id;
  std::string target;
  std::chrono::system_clock::time_point expires;
  Tags tags{};  // of the check
  friend bool operator==(const CertificateEvent&, const CertificateEvent&) = default;
};

// Most targets failed at once, so that the prober suspects itself and holds the last state; or that
// is over.
struct BlindProberEvent {
  bool blind = false;
  std::uint32_t failed = 0;   // targets, within one interval
  std::uint32_t targets = 0;  // that were healthy before
  std::string reason;         // why it is over
  friend bool operator==(const BlindProberEvent&, const BlindProberEvent&) = default;
};

// An override or a safety rule was set, or came to an end.
struct OverrideChangeEvent {
  std::uint64_t override_number = 0;  // 0: a safety rule
  std::string author;
  std::string text;          // "override 3: down, region eu-west-1: maintenance"
  bool ended = false;        // cleared, expired, deleted
  bool break_glass = false;  // against a safety rule
  friend bool operator==(const OverrideChangeEvent&, const OverrideChangeEvent&) = default;
};

// In the order of NoticeKind.
using NoticeEvent =
    std::variant<HealthFlipEvent, CertificateEvent, BlindProberEvent, OverrideChangeEvent>;
enum class NoticeKind { kHealthFlip, kCertificateExpiry, kBlindProber, kOverride };
inline constexpr std::size_t kNoticeKinds = std::variant_size_v<NoticeEvent>;

struct Notice {
  std::uint64_t number = 0;  // from 1, without gaps, never used again
  std::chrono::system_clock::time_point time;
  NoticeEvent event;
};
using NoticePtr = std::shared_ptr<const Notice>;

inline NoticeKind kind_of(const NoticeEvent& event) {
  return static_cast<NoticeKind>(event.index());
}

// "health_flip", "certificate_expiry", "blind_prober", "override".
const char* kind_name(NoticeKind kind);

enum class Severity { kInfo, kWarning, kCritical };
Severity severity_of(const NoticeEvent& event);

// One sentence without a full stop: "health check web (http://…) is unhealthy: Failure: …".
std::string summary_of(const NoticeEvent& event);

// The check that the event is about; empty: none. And its tags.
const std::string& check_of(const NoticeEvent& event);
const Tags& tags_of(const NoticeEvent& event);

// Tells what the event is about from the others of its kind: a check, an override; empty: there is
// only one such thing.
std::string subject_of(const NoticeEvent& event);

// Whether the event ends what an earlier one of the same kind and subject began.
bool resolves(const NoticeEvent& event);

}  // namespace signpost::model
