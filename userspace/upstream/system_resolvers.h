// The resolvers that this host uses itself.
#pragma once

#include <string>
#include <vector>

#include "upstream/server.h"

namespace signpost::upstream {

// The name servers of a resolv.conf(5), in its order; none if it can't be read.
std::vector<Server> system_resolvers(const std::string& path = "/etc/resolv.conf");

}  // namespace signpost::upstream
