// What the probes of one check hand on to the next.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "health/probes/connection.h"
#include "health/probes/tls.h"

namespace signpost::health {

// How many connections all checks together may keep. Descriptors that they hold are missing
// elsewhere: where queries come in over TCP, and where the next probe connects.
class KeptConnectionPlaces {
 public:
  explicit KeptConnectionPlaces(std::size_t count) : left_(std::make_shared<std::size_t>(count)) {}

  // A place, which is free again when it is let go; null: there is none.
  std::shared_ptr<void> take();

  // Half of the descriptors that this process may have.
  static std::size_t default_count();

 private:
  std::shared_ptr<std::size_t> left_;
};

// A connection is kept only after a success that left it usable, and used for
// kProbesPerConnection probes and ProbeLimits::kept_connection at most. So a target that serves the
// connections which it has but takes no new ones is found out by then, and as long as probes fail
// each makes a connection of its own.
class ProbeMemory {
 public:
  static constexpr unsigned kProbesPerConnection = 10;

  explicit ProbeMemory(std::shared_ptr<KeptConnectionPlaces> places) : places_(std::move(places)) {}

  TlsSessions& tls_sessions() { return tls_sessions_; }

  // The connection that the last probe left, if it leads to `remote` and is not older than
  // `age_max`; else null. The caller hands it back by keep().
  ConnectionPtr take_connection(const boost::asio::ip::tcp::endpoint& remote,
                                std::chrono::milliseconds age_max);
  // Called for a connection over which a probe has succeeded and nothing is under way.
  void keep(ConnectionPtr connection);  // unless there is no place for it

 private:
  TlsSessions tls_sessions_;
  const std::shared_ptr<KeptConnectionPlaces> places_;
  ConnectionPtr connection_;
  std::shared_ptr<void> place_;
};

}  // namespace signpost::health
