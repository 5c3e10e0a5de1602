#include "base/certificate.h"

#include <ctime>

namespace signpost::tls {

std::optional<std::chrono::system_clock::time_point> expiry_of(const X509& certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts) != 1) return std::nullopt;
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace signpost::tls
