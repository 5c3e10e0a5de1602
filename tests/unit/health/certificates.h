// Certificates that tests make for themselves.
#pragma once

#include <chrono>
#include <string>

namespace signpost {

struct Certificate {
  std::string certificate;  // PEM, signed by itself
  std::string key;          // PEM
};

// For the DNS name `name`, or the IPv4 address if it is one, valid from a day ago until `expires`.
Certificate make_certificate(const std::string& name,
                             std::chrono::system_clock::time_point expires);

}  // namespace signpost
