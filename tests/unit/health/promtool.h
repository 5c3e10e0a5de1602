// `promtool check metrics` (Debian package prometheus) as the oracle of the exposition format.
#pragma once

#include <string>

namespace signpost {

// What promtool says about `exposition`; "" if it accepts it without a remark. Without promtool
// this is a complaint.
std::string promtool_complaints(const std::string& exposition);

}  // namespace signpost
