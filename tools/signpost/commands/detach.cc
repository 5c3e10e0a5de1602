#include "datapath/detach.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "signpost/commands/interface.h"

namespace signpost::cli {

absl::StatusOr<int> detach(Session& session, const std::string& interface) {
  std::vector<std::string> detached = {interface};
  if (interface.empty()) {
    ASSIGN_OR_RETURN(detached, datapath::detach_all(datapath::kPinRoot));
  } else {
    RETURN_IF_ERROR(datapath::detach(datapath::kPinRoot, interface));
  }
  if (detached.empty()) {
    session.out << "no interface has the fast path\n";
  } else {
    session.out << "detached from " << absl::StrJoin(detached, ", ") << "\n";
  }
  return kDone;
}

}  // namespace signpost::cli
