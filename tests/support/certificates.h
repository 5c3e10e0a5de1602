// Certificates that tests make for themselves.
#pragma once

#include <chrono>
#include <string>

namespace signpost {

struct Certificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// For the DNS name `name`, or the IPv4 address if it is one, valid from a day ago until `expires`.
// Signed by itself, or by an authority.
Certificate make_certificate(const std::string& name, std::chrono::system_clock::time_point expires,
                             const Certificate* authority = nullptr);

}  // namespace signpost
