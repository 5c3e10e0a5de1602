// Signatures of webhook requests.
#pragma once

#include <string>
#include <string_view>

namespace signpost::notices {

// HMAC-SHA256 (RFC 2104) of `timestamp`, a full stop and `body`, in lower-case hexadecimal.
std::string signature_of(std::string_view secret, std::string_view timestamp,
                         std::string_view body);

}  // namespace signpost::notices
