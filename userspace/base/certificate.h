// What certificates of TLS say.
#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <optional>

namespace signpost::tls {

// Nothing if it does not say.
std::optional<std::chrono::system_clock::time_point> expiry_of(const X509& certificate);

}  // namespace signpost::tls
