// What OpenSSL says went wrong, for messages.
#pragma once

#include <openssl/err.h>

#include <cstring>
#include <string>

namespace signpost {

// The first thing that went wrong in this thread since the errors were cleared; clears them.
inline std::string openssl_error() {
  const unsigned long code = ERR_peek_error();
  ERR_clear_error();
  // An error of the system, such as a file that is not there, has no text in OpenSSL.
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "it can't be read";
}

}  // namespace signpost
