#include "server/udp_batch.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>

#include "server/deferred_tap.h"

namespace signpost::server {
namespace {

constexpr std::size_t kHeaderOctets = 12;

TappedSocket socket_of(const sockaddr_storage& storage) {
  TappedSocket peer;
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    peer.address[10] = peer.address[11] = 0xff;
    std::memcpy(&peer.address[12], &v4.sin_addr, sizeof v4.sin_addr);
    peer.port = ntohs(v4.sin_port);
  } else {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    std::memcpy(peer.address.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
    peer.port = ntohs(v6.sin6_port);
  }
  return peer;
}

// The route decides on the interface that a reply leaves by, except where an address means nothing
// without it.
void forget_interface(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      reinterpret_cast<in_pktinfo*>(CMSG_DATA(control))->ipi_ifindex = 0;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      auto* info = reinterpret_cast<in6_pktinfo*>(CMSG_DATA(control));
      if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
    }
  }
}

// The address that a query was sent to: what the socket is bound to, or where that is any, what the
// kernel says beside the query.
std::optional<TappedSocket> asked_socket(int socket, const msghdr& header) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return std::nullopt;
  for (const cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(const_cast<msghdr*>(&header), const_cast<cmsghdr*>(control))) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      reinterpret_cast<sockaddr_in&>(storage).sin_addr =
          reinterpret_cast<const in_pktinfo*>(CMSG_DATA(control))->ipi_addr;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      reinterpret_cast<sockaddr_in6&>(storage).sin6_addr =
          reinterpret_cast<const in6_pktinfo*>(CMSG_DATA(control))->ipi6_addr;
    }
  }
  return socket_of(storage);
}

}  // namespace

UdpBatch::UdpBatch(const Sources& sources, DeferredReplies& deferred, LimitBuckets& buckets,
                   SlotSource& slots, Tallies& tallies)
    : sources_(sources), deferred_(deferred), buckets_(buckets), slots_(slots), tallies_(tallies) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    messages_[i].query_vector = {messages_[i].query.data(), messages_[i].query.size()};
    messages_[i].reply_vector = {messages_[i].reply.data(), 0};
    make_ready(i);
  }
}

void UdpBatch::serve(int socket) {
  const model::AnswerTablePtr table = sources_.table.load();
  const GuardPtr guard = sources_.guard.load();
  const ServedZonesPtr zones = sources_.zones.load();
  for (unsigned round = 0; round < kRounds; ++round) {
    const std::size_t count = receive(socket);
    if (count == 0) return;
    const auto begin = std::chrono::steady_clock::now();
    const Serving serving{table.get(), *guard, zones, buckets_, guard_clock(), unix_clock()};
    std::size_t replies = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!answer(serving, socket, i)) continue;
      replies_[replies].msg_hdr = received_[i].msg_hdr;
      replies_[replies].msg_hdr.msg_iov = &messages_[i].reply_vector;
      if (replies_[replies].msg_hdr.msg_controllen != 0)
        forget_interface(replies_[replies].msg_hdr);
      ++replies;
    }
    tallies_.udp_queries.add(count);
    send(socket, replies);
    tallies_.udp_durations.observe(std::chrono::steady_clock::now() - begin, count);
    for (std::size_t i = 0; i < count; ++i) make_ready(i);
    if (count < kBatch) return;
  }
}

void UdpBatch::make_ready(std::size_t index) {
  Message& message = messages_[index];
  msghdr& header = received_[index].msg_hdr;
  header = {};
  header.msg_name = &message.peer;
  header.msg_namelen = sizeof message.peer;
  header.msg_iov = &message.query_vector;
  header.msg_iovlen = 1;
  header.msg_control = message.control.data();
  header.msg_controllen = message.control.size();
}

std::size_t UdpBatch::receive(int socket) {
  int count;
  do {
    count = recvmmsg(socket, received_.data(), kBatch, MSG_DONTWAIT, nullptr);
  } while (count < 0 && errno == EINTR);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool UdpBatch::answer(const Serving& serving, int socket, std::size_t index) {
  Message& message = messages_[index];
  const TappedSocket peer = socket_of(message.peer);
  if (peer.port == 0) return false;
  // The header alone of a query that did not fit is malformed too, and so answered.
  const bool whole = (received_[index].msg_hdr.msg_flags & MSG_TRUNC) == 0;
  const std::size_t size = whole ? received_[index].msg_len : kHeaderOctets;
  const Octets query = Octets(message.query).first(size);
  QueryTap* const tap = sources_.watched_tap();
  const auto received =
      tap ? std::chrono::system_clock::now() : std::chrono::system_clock::time_point();
  Reply reply =
      respond(serving, query, Client{Transport::kUdp, peer.address}, slots_, message.reply);
  message.reply_vector.iov_len = reply.size;
  tallies_.count(reply);
  if (reply.notified) deferred_.pass_on(*reply.notified);
  DeferredReplies::Source later;
  if (reply.update) later = deferred_.begin(std::move(reply.update));
  if (reply.forward) later = deferred_.begin(std::move(reply.forward));
  if (tap) {
    const Tapped shown = tapped(socket, index, query, received);
    if (later) {
      later = shown_when_made(std::move(later), *tap, shown);
    } else {
      tap->show(shown);
    }
  }
  if (later) defer(later, socket, index);
  return reply.size != 0;
}

Tapped UdpBatch::tapped(int socket, std::size_t index, Octets query,
                        std::chrono::system_clock::time_point received) const {
  const Message& message = messages_[index];
  return {.transport = Transport::kUdp,
          .client = socket_of(message.peer),
          .server = asked_socket(socket, received_[index].msg_hdr),
          .received = received,
          .answered = std::chrono::system_clock::now(),
          .query = query,
          .reply = Octets(message.reply).first(message.reply_vector.iov_len)};
}

// The sockets are closed only after the threads of deferred replies have ended.
void UdpBatch::defer(const DeferredReplies::Source& source, int socket, std::size_t index) {
  const msghdr& header = received_[index].msg_hdr;
  struct Return {
    sockaddr_storage peer;
    decltype(Message::control) control;
    socklen_t peer_size;
    std::size_t control_size;
  };
  Return back{messages_[index].peer, messages_[index].control, header.msg_namelen,
              header.msg_controllen};
  source([socket, back](const DeferredReply::Part& part) mutable {
    const Octets message = part.message();
    if (message.empty()) return;
    iovec octets{const_cast<std::uint8_t*>(message.data()), message.size()};
    msghdr reply{};
    reply.msg_name = &back.peer;
    reply.msg_namelen = back.peer_size;
    reply.msg_iov = &octets;
    reply.msg_iovlen = 1;
    reply.msg_control = back.control.data();
    reply.msg_controllen = back.control_size;
    if (back.control_size != 0) forget_interface(reply);
    // What can't be sent now is asked for again.
    static_cast<void>(sendmsg(socket, &reply, MSG_DONTWAIT));
  });
}

void UdpBatch::send(int socket, std::size_t replies) {
  std::size_t done = 0;
  while (done < replies) {
    const int sent =
        sendmmsg(socket, &replies_[done], static_cast<unsigned>(replies - done), MSG_DONTWAIT);
    if (sent > 0) {
      done += static_cast<std::size_t>(sent);
    } else if (errno != EINTR) {
      tallies_.udp_replies_dropped.add(1);  // no route, no room: the next may fare better
      ++done;
    }
  }
}

}  // namespace signpost::server
