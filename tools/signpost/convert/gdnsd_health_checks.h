// gdnsd's service types: each address that one monitors becomes a health check.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "signpost/convert/conversion.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

class GdnsdHealthChecks {
 public:
  // `service_types` is that of the configuration; null if it has none.
  GdnsdHealthChecks(const Node* service_types, Conversion& out)
      : service_types_(service_types), out_(out) {}

  // The id of the check of an address or a name by a service type, or by all of several. Empty: it
  // is always up. `types` is null for the default.
  absl::StatusOr<std::string> check(const Node* types, const std::string& address);

  // The id of a check that is healthy while `needed` of these are. Made once for each name.
  absl::StatusOr<std::string> at_least(std::uint32_t needed, const std::vector<std::string>& ids,
                                       const std::string& name, const Node& place);

  // The service types that no check was made by.
  std::vector<const Node*> unused() const;

 private:
  absl::StatusOr<std::string> check_by(const std::string& type, const Node& place,
                                       const std::string& address);
  absl::Status fill(const Node& definition, const std::string& address, v1::HealthCheck& check);
  absl::Status set_http(const Node& definition, const std::string& address, v1::HealthCheck& check);
  absl::Status set_tcp(const Node& definition, const std::string& address, v1::HealthCheck& check);
  absl::Status set_command(const Node& definition, const std::string& address,
                           v1::HealthCheck& check);
  absl::Status set_timing(const Node& definition, v1::HealthCheck& check);
  absl::StatusOr<std::uint32_t> threshold(const Node& definition, const char* name,
                                          std::int64_t usual);
  std::string down();
  absl::Status check_id(const std::string& id, const Node& place) const;
  void leave_out(const Node& what, std::string_view why);

  const Node* service_types_;
  Conversion& out_;
  std::set<std::string> made_;
  std::set<const Node*> used_;
};

}  // namespace signpost::cli::convert
