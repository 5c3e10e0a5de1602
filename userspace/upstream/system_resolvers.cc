#include "upstream/system_resolvers.h"

#include <fstream>
#include <sstream>

namespace signpost::upstream {

std::vector<Server> system_resolvers(const std::string& path) {
  std::vector<Server> servers;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string keyword;
    std::string address;
    words >> keyword >> address;
    if (keyword != "nameserver") continue;
    if (const auto server = parse_server(address); server.ok()) servers.push_back(*server);
  }
  return servers;
}

}  // namespace signpost::upstream
