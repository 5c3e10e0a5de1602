// Which role each method of the control services needs: the one place that says so.
#pragma once

#include <string_view>

#include "control/access/role.h"

namespace signpost::control {

struct MethodRule {
  const char* method;  // "/signpost.v1.StatusService/GetStatus", as in the request
  Role needed = Role::kAdmin;
  bool changes = false;  // the audit log has a line for each call
};

// Null for a method without an entry, which nobody may call.
const MethodRule* rule_of(std::string_view method);

}  // namespace signpost::control
