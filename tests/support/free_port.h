// Ports for servers that a test starts.
#pragma once

#include <cstdint>

namespace signpost::testing {

// A port from 20000 to 29999 that neither UDP nor TCP uses on 127.0.0.1 right now. The kernel gives
// none of these to outgoing connections by itself, so those of tests running beside this one can't
// take it before its server does.
std::uint16_t free_port();

}  // namespace signpost::testing
