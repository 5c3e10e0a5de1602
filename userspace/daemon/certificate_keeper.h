// Has DNS over TLS show the certificate that lies in files, as it is now.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/repeating_timer.h"
#include "server/tls_context.h"

namespace signpost::daemon {

// Any thread may call.
class CertificateKeeper {
 public:
  struct Files {
    std::string certificate;
    std::string key;
  };

  // FAILED_PRECONDITION if the files are of no use.
  static absl::StatusOr<std::unique_ptr<CertificateKeeper>> open(Files files);

  // What the server is to take its contexts from.
  const server::LiveTlsContext& live() const { return live_; }

  // Reads the files anew. If they are of no use that is logged, and the certificate before stays.
  void refresh();

  // Looks on this io_context at each interval from now on whether the files changed, and if so
  // refreshes; each day anyhow, for the sake of the key of session tickets (RFC 9325 section 7.3).
  // The io_context has to outlive this object.
  void keep_fresh(boost::asio::io_context& io,
                  std::chrono::milliseconds interval = std::chrono::minutes(1));

 private:
  CertificateKeeper(Files files, server::TlsContext::Ptr first);

  void refresh_while_locked();
  // Tells the states of the files apart.
  std::string stamp() const;

  const Files files_;
  server::LiveTlsContext live_;
  std::mutex mutex_;
  std::string stamp_;  // of the files that were read last
  std::chrono::steady_clock::time_point read_at_;
  std::optional<RepeatingTimer> timer_;
};

}  // namespace signpost::daemon
