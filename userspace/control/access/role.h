// What a caller of the control services may do; each role may do what those before it may.
#pragma once

namespace signpost::control {

enum class Role {
  kNone,      // nothing
  kReader,    // look at everything
  kOperator,  // steer what runs: overrides, switches, round trips; test a check
  kAdmin,     // change the configuration and the safety rules
};

constexpr const char* to_text(Role role) {
  switch (role) {
    case Role::kNone:
      return "none";
    case Role::kReader:
      return "reader";
    case Role::kOperator:
      return "operator";
    case Role::kAdmin:
      return "admin";
  }
  return "none";
}

}  // namespace signpost::control
