#include "dnstap/frames.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "dnstap/dnstap.pb.h"

namespace signpost::dnstap {
namespace {

namespace pb = ::dnstap;
using server::ClientAddress;
using server::Tapped;

bool is_ipv4(const ClientAddress& address) {
  return std::all_of(address.begin(), address.begin() + 10,
                     [](auto octet) { return octet == 0; }) &&
         address[10] == 0xff && address[11] == 0xff;
}

std::string octets_of(const ClientAddress& address) {
  const std::string all(address.begin(), address.end());
  return is_ipv4(address) ? all.substr(12) : all;
}

std::uint64_t seconds_of(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::uint32_t nanoseconds_of(std::chrono::system_clock::time_point time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time - whole).count());
}

pb::SocketProtocol protocol_of(server::Transport transport) {
  switch (transport) {
    case server::Transport::kUdp:
      return pb::UDP;
    case server::Transport::kTcp:
      return pb::TCP;
    case server::Transport::kTls:
      break;
  }
  return pb::DOT;
}

pb::Dnstap frame(const Tapped& tapped, const Speaker& speaker, pb::Message::Type type) {
  pb::Dnstap frame;
  frame.set_identity(speaker.identity);
  frame.set_version(speaker.version);
  frame.set_type(pb::Dnstap::MESSAGE);
  if (tapped.stands_for > 1) frame.set_extra(absl::StrCat("sample 1/", tapped.stands_for));
  pb::Message& message = *frame.mutable_message();
  message.set_type(type);
  message.set_socket_family(is_ipv4(tapped.client.address) ? pb::INET : pb::INET6);
  message.set_socket_protocol(protocol_of(tapped.transport));
  message.set_query_address(octets_of(tapped.client.address));
  message.set_query_port(tapped.client.port);
  if (tapped.server) {
    message.set_response_address(octets_of(tapped.server->address));
    message.set_response_port(tapped.server->port);
  }
  message.set_query_time_sec(seconds_of(tapped.received));
  message.set_query_time_nsec(nanoseconds_of(tapped.received));
  return frame;
}

}  // namespace

std::string query_frame(const Tapped& tapped, const Speaker& speaker) {
  pb::Dnstap query = frame(tapped, speaker, pb::Message::AUTH_QUERY);
  query.mutable_message()->set_query_message(tapped.query.data(), tapped.query.size());
  return query.SerializeAsString();
}

std::string reply_frame(const Tapped& tapped, const Speaker& speaker) {
  pb::Dnstap reply = frame(tapped, speaker, pb::Message::AUTH_RESPONSE);
  pb::Message& message = *reply.mutable_message();
  message.set_response_time_sec(seconds_of(tapped.answered));
  message.set_response_time_nsec(nanoseconds_of(tapped.answered));
  message.set_response_message(tapped.reply.data(), tapped.reply.size());
  return reply.SerializeAsString();
}

}  // namespace signpost::dnstap
