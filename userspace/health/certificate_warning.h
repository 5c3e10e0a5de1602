// Warnings before a certificate expires.
#pragma once

#include "health/running_check.h"

namespace signpost::health {

// Says in the state of `check` whether the certificate that its target showed expires soon, and in
// the log if it does, once a day.
void warn_of_certificate(RunningCheck& check);

}  // namespace signpost::health
