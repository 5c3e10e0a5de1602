// Who has which role.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/access/caller.h"
#include "control/access/role.h"

namespace signpost::control {

// Entries are "cert:PATTERN", "user:NAME" and "group:NAME".
struct RoleOptions {
  std::vector<std::string> admins{};
  std::vector<std::string> operators{};
  std::vector<std::string> readers{};
};

// Whether a name of a certificate is of a pattern, in which '*' stands for any characters but '.'
// and '/', and "*" alone for every name.
bool matches_name(std::string_view pattern, std::string_view name);

class RoleRules {
 public:
  // INVALID_ARGUMENT that names the flag and the entry; users and groups are looked up here.
  static absl::StatusOr<RoleRules> parse(const RoleOptions& options);

  // The highest role of all entries that fit. At the unix socket root and the daemon's own user are
  // admins; and as long as no entry is of a user or group, so is whoever may open the socket.
  Role role_of(const Caller& caller) const;

  bool name_certificates() const { return !certificates_.empty(); }

 private:
  struct CertificateRule {
    std::string pattern;
    Role role;
  };
  struct IdRule {
    id_t id;
    Role role;
  };

  absl::Status add(const char* flag, const std::string& entry, Role role);
  Role role_of_certificate(const Caller& caller) const;
  Role role_of_user(const Caller& caller) const;

  std::vector<CertificateRule> certificates_;
  std::vector<IdRule> users_;
  std::vector<IdRule> groups_;
};

}  // namespace signpost::control
