// Warnings before a certificate expires.
#pragma once

#include <optional>

#include "health/running_check.h"
#include "model/notice.h"

namespace signpost::health {

// Says in the state of `check` whether the certificate that its target showed expires soon. If it
// does, once a day, says so in the log and gives the event.
std::optional<model::CertificateEvent> warn_of_certificate(RunningCheck& check);

}  // namespace signpost::health
