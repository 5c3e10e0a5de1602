// A reply that a thread takes too long to make for those that answer queries: a zone, or what came
// of an update.
#pragma once

#include <cstdint>
#include <vector>

#include "server/octets.h"

namespace signpost::server {

// Used by one thread at a time.
class DeferredReply {
 public:
  virtual ~DeferredReply() = default;

  struct Part {
    std::vector<std::uint8_t> octets{};  // whole messages as TCP carries them
    bool ends = false;                   // nothing follows
    bool broken = false;                 // nor can the connection be used any further

    // Of a part with one message: that, without the two octets of its length (RFC 1035 section
    // 4.2.2).
    Octets message() const { return octets.size() > 2 ? Octets(octets).subspan(2) : Octets(); }
  };

  // The next messages, about 64 KiB. `now`: seconds of Unix time.
  virtual Part produce(std::uint64_t now) = 0;
};

}  // namespace signpost::server
