// How DNS over TLS (RFC 7858) speaks TLS, and the certificate that it shows.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace signpost::server {

// TLS 1.2 and 1.3 as RFC 9325 recommends, with ALPN "dot". Clients resume sessions by tickets,
// whose key a context makes for itself, so that it should be replaced each day.
class TlsContext {
 public:
  using Ptr = std::shared_ptr<const TlsContext>;

  // Reads PEM: the certificate with the chain to its authority, and its key. FAILED_PRECONDITION
  // names the file and what is wrong with it.
  static absl::StatusOr<Ptr> load(const std::string& certificate_file, const std::string& key_file);

  // Null if there is no memory.
  SSL* new_session() const { return SSL_new(context_.get()); }

  // When the certificate expires.
  std::chrono::system_clock::time_point expires() const { return expires_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  using ContextPtr = std::unique_ptr<SSL_CTX, Free>;

  TlsContext(ContextPtr context, std::chrono::system_clock::time_point expires)
      : context_(std::move(context)), expires_(expires) {}

  const ContextPtr context_;
  const std::chrono::system_clock::time_point expires_;
};

// The context of new connections. Written by the daemon, read by any thread.
class LiveTlsContext {
 public:
  explicit LiveTlsContext(TlsContext::Ptr first) : context_(std::move(first)) {}
  void store(TlsContext::Ptr next) { context_.store(std::move(next), std::memory_order_release); }
  TlsContext::Ptr load() const { return context_.load(std::memory_order_acquire); }

 private:
  std::atomic<TlsContext::Ptr> context_;
};

}  // namespace signpost::server
