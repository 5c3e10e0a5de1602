// A reply that a thread takes too long to make for those that answer queries: a zone, or what came
// of an update.
#pragma once

#include <cstdint>
#include <vector>

namespace signpost::server {

// Used by one thread at a time.
class DeferredReply {
 public:
  virtual ~DeferredReply() = default;

  struct Part {
    std::vector<std::uint8_t> octets{};  // whole messages as TCP carries them
    bool ends = false;                   // nothing follows
    bool broken = false;                 // nor can the connection be used any further
  };

  // The next messages, about 64 KiB. `now`: seconds of Unix time.
  virtual Part produce(std::uint64_t now) = 0;
};

}  // namespace signpost::server
