// Answering UDP queries in batches: as many as wait, with two system calls.
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "server/deferred_replies.h"
#include "server/query_tap.h"
#include "server/responder.h"
#include "server/slot_source.h"
#include "server/sources.h"
#include "server/tallies.h"

namespace signpost::server {

// The buffers of one thread; whoever waits for the sockets calls serve().
class UdpBatch {
 public:
  // The arguments must outlive the batch.
  UdpBatch(const Sources& sources, DeferredReplies& deferred, LimitBuckets& buckets,
           SlotSource& slots, Tallies& tallies);
  UdpBatch(const UdpBatch&) = delete;
  UdpBatch& operator=(const UdpBatch&) = delete;

  // Answers the queries that wait on a non-blocking socket; at most kRounds batches, so that others
  // get their turn. With IP_PKTINFO or IPV6_RECVPKTINFO set on the socket, each reply leaves from
  // the address that was asked.
  void serve(int socket);

 private:
  static constexpr std::size_t kBatch = 64;
  static constexpr unsigned kRounds = 16;
  // We advertise 1,232 octets; longer queries are malformed for us.
  static constexpr std::size_t kQueryRoom = 1280;
  static constexpr std::size_t kReplyRoom = 1280;

  struct Message {
    std::array<std::uint8_t, kQueryRoom> query;
    std::array<std::uint8_t, kReplyRoom> reply;
    sockaddr_storage peer;
    alignas(cmsghdr) std::array<std::uint8_t, 64> control;
    iovec query_vector;
    iovec reply_vector;
  };

  // Undoes what receiving changed in the header of message `index`.
  void make_ready(std::size_t index);
  // How many queries were received; 0 if none waits.
  std::size_t receive(int socket);
  // Writes the reply to query `index`, which came by `socket`; false if there must not be one, or
  // not now.
  bool answer(const Serving& serving, int socket, std::size_t index);
  // Has the reply to query `index` sent once it is made.
  void defer(const DeferredReplies::Source& source, int socket, std::size_t index);
  void send(int socket, std::size_t replies);
  // Query `index`, which came to `socket`, and its reply, as they are shown.
  Tapped tapped(int socket, std::size_t index, Octets query,
                std::chrono::system_clock::time_point received) const;

  const Sources sources_;
  DeferredReplies& deferred_;
  LimitBuckets& buckets_;
  SlotSource& slots_;
  Tallies& tallies_;
  std::array<Message, kBatch> messages_;
  std::array<mmsghdr, kBatch> received_;
  std::array<mmsghdr, kBatch> replies_;
};

}  // namespace signpost::server
