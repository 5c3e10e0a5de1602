// Who calls: what the kernel or a verified certificate says of the other end, never what the client
// says itself.
#pragma once

#include <grpcpp/server_context.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace signpost::control {

struct Caller {
  enum class Transport { kUnknown, kInProcess, kUnix, kTls };

  Transport transport = Transport::kUnknown;
  std::string peer;             // where from: "unix", "192.0.2.7:40000"
  uid_t uid = 0;                // kUnix, as are groups
  std::vector<gid_t> groups{};  // of the process, when it connected
  // kTls: the subject alternative names of the certificate (RFC 5280 section 4.2.1.6), and then its
  // common name.
  std::vector<std::string> names{};
};

Caller caller_of(const grpc::ServerContextBase& call);

// The other end of a unix socket; nobody known if the kernel does not say.
Caller caller_at(int descriptor);

// Whose the calls of a connection are that gRPC is about to be given as `descriptor`. Without this
// they are nobody's. For the whole process, as its descriptors are.
void set_caller(int descriptor, Caller caller);

// As changes are attributed: a user's name ("alice", "uid 1234" if it has none), or
// "certificate NAME" with the first of its names. No user is called so, as no user's name has a
// space here.
std::string identity_of(const Caller& caller);

// Whose its connection is, as ConnectionListener counts them.
std::string owner_of(const Caller& caller);

}  // namespace signpost::control
