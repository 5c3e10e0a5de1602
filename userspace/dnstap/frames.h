// A query and its reply as dnstap has them.
#pragma once

#include <string>

#include "server/query_tap.h"

namespace signpost::dnstap {

// Who says it.
struct Speaker {
  std::string identity;  // the server's name
  std::string version;   // the software, and which version of it
};

// Serialised messages `Dnstap`: of the query, and of the reply.
std::string query_frame(const server::Tapped& tapped, const Speaker& speaker);
std::string reply_frame(const server::Tapped& tapped, const Speaker& speaker);

}  // namespace signpost::dnstap
