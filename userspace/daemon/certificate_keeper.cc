#include "daemon/certificate_keeper.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/status.h"

namespace signpost::daemon {
namespace {

constexpr std::chrono::hours kTicketKeyAge{24};

void tell(const server::TlsContext& context, const std::string& file) {
  const std::string expires = absl::FormatTime(
      "%Y-%m-%d %H:%M:%SZ", absl::FromChrono(context.expires()), absl::UTCTimeZone());
  const bool expired = context.expires() <= std::chrono::system_clock::now();
  if (expired) {
    log::warning("the certificate of DNS over TLS has expired", {{"file", file}, {"at", expires}});
  } else {
    log::info("the certificate of DNS over TLS", {{"file", file}, {"expires", expires}});
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<CertificateKeeper>> CertificateKeeper::open(Files files) {
  ASSIGN_OR_RETURN(server::TlsContext::Ptr first,
                   server::TlsContext::load(files.certificate, files.key));
  tell(*first, files.certificate);
  return std::unique_ptr<CertificateKeeper>(
      new CertificateKeeper(std::move(files), std::move(first)));
}

CertificateKeeper::CertificateKeeper(Files files, server::TlsContext::Ptr first)
    : files_(std::move(files)),
      live_(std::move(first)),
      stamp_(stamp()),
      read_at_(std::chrono::steady_clock::now()) {}

void CertificateKeeper::refresh() {
  const std::lock_guard lock(mutex_);
  refresh_while_locked();
}

void CertificateKeeper::refresh_while_locked() {
  // Before the files are read: what changes meanwhile is seen the next time.
  stamp_ = stamp();
  read_at_ = std::chrono::steady_clock::now();
  absl::StatusOr<server::TlsContext::Ptr> next =
      server::TlsContext::load(files_.certificate, files_.key);
  if (!next.ok()) {
    log::warning("DNS over TLS goes on with the certificate before",
                 {{"error", std::string(next.status().message())}});
    return;
  }
  if ((*next)->expires() != live_.load()->expires()) tell(**next, files_.certificate);
  live_.store(*std::move(next));
}

void CertificateKeeper::keep_fresh(boost::asio::io_context& io,
                                   std::chrono::milliseconds interval) {
  timer_.emplace(io, interval, [this] {
    const std::lock_guard lock(mutex_);
    const bool old = std::chrono::steady_clock::now() - read_at_ >= kTicketKeyAge;
    if (old || stamp() != stamp_) refresh_while_locked();
  });
}

// Renewal replaces files or links to them, or writes into them; all of that changes one of these.
std::string CertificateKeeper::stamp() const {
  std::string stamp;
  for (const std::string& file : {files_.certificate, files_.key}) {
    struct stat state {};
    if (::stat(file.c_str(), &state) != 0) state = {};
    absl::StrAppend(&stamp, state.st_dev, " ", state.st_ino, " ", state.st_ctim.tv_sec, ".",
                    state.st_ctim.tv_nsec, " ");
  }
  return stamp;
}

}  // namespace signpost::daemon
