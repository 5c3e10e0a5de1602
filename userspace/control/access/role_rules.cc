#include "control/access/role_rules.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>

#include "base/status.h"

namespace signpost::control {
namespace {

bool is_separator(char c) { return c == '.' || c == '/'; }

// Without the rule for "*" alone.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t star = std::string_view::npos;  // the last '*' that was met
  std::size_t taken = 0;                      // up to where it stands for characters
  std::size_t p = 0;
  std::size_t n = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos && !is_separator(name[taken])) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  return pattern == "*" || matches(pattern, name);
}

absl::StatusOr<RoleRules> RoleRules::parse(const RoleOptions& options) {
  RoleRules rules;
  for (const std::string& entry : options.admins)
    RETURN_IF_ERROR(rules.add("--admin", entry, Role::kAdmin));
  for (const std::string& entry : options.operators)
    RETURN_IF_ERROR(rules.add("--operator", entry, Role::kOperator));
  for (const std::string& entry : options.readers)
    RETURN_IF_ERROR(rules.add("--reader", entry, Role::kReader));
  return rules;
}

absl::Status RoleRules::add(const char* flag, const std::string& entry, Role role) {
  const std::size_t colon = entry.find(':');
  const std::string kind = entry.substr(0, colon);
  const std::string name = colon == std::string::npos ? "" : entry.substr(colon + 1);
  if (kind == "cert" && !name.empty()) {
    certificates_.push_back({name, role});
  } else if (kind == "user" && !name.empty()) {
    const passwd* user = ::getpwnam(name.c_str());
    if (user == nullptr) return invalid_argument(flag, " ", entry, ": there is no such user");
    users_.push_back({user->pw_uid, role});
  } else if (kind == "group" && !name.empty()) {
    const group* found = ::getgrnam(name.c_str());
    if (found == nullptr) return invalid_argument(flag, " ", entry, ": there is no such group");
    groups_.push_back({found->gr_gid, role});
  } else {
    return invalid_argument(flag, " ", entry, ": is not cert:PATTERN, user:NAME or group:NAME");
  }
  return absl::OkStatus();
}

Role RoleRules::role_of(const Caller& caller) const {
  switch (caller.transport) {
    case Caller::Transport::kUnknown:
      return Role::kNone;
    case Caller::Transport::kInProcess:
      return Role::kAdmin;
    case Caller::Transport::kUnix:
      return role_of_user(caller);
    case Caller::Transport::kTls:
      return role_of_certificate(caller);
  }
  return Role::kNone;
}

Role RoleRules::role_of_certificate(const Caller& caller) const {
  Role role = Role::kNone;
  for (const CertificateRule& rule : certificates_) {
    const bool fits =
        std::any_of(caller.names.begin(), caller.names.end(),
                    [&](const std::string& name) { return matches_name(rule.pattern, name); });
    if (fits) role = std::max(role, rule.role);
  }
  return role;
}

Role RoleRules::role_of_user(const Caller& caller) const {
  const bool by_file_mode = users_.empty() && groups_.empty();
  if (by_file_mode || caller.uid == 0 || caller.uid == ::geteuid()) return Role::kAdmin;
  Role role = Role::kNone;
  for (const IdRule& rule : users_) {
    if (rule.id == caller.uid) role = std::max(role, rule.role);
  }
  for (const IdRule& rule : groups_) {
    if (std::find(caller.groups.begin(), caller.groups.end(), rule.id) != caller.groups.end())
      role = std::max(role, rule.role);
  }
  return role;
}

}  // namespace signpost::control
