#include "control/access/audit_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/log.h"

namespace signpost::control {
namespace {

constexpr mode_t kMode = 0640;

std::string json_line(const AuditEntry& entry) {
  boost::json::object line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  line["identity"] = entry.identity;
  line["role"] = entry.role;
  line["peer"] = entry.peer;
  line["method"] = entry.method;
  line["code"] = entry.code;
  if (!entry.message.empty()) line["message"] = entry.message;
  if (entry.generation != 0) line["generation"] = entry.generation;
  if (!entry.summary.empty()) line["summary"] = entry.summary;
  return boost::json::serialize(line) + "\n";
}

}  // namespace

AuditLog::AuditLog(std::string path) : path_(std::move(path)) {
  if (!path_.empty() && !open_again()) {
    log::warning("the audit log can't be opened; its lines come here",
                 {{"path", path_}, {"error", std::strerror(errno)}});
  }
}

AuditLog::~AuditLog() {
  if (file_ >= 0) ::close(file_);
}

void AuditLog::write(const AuditEntry& entry) {
  if (!path_.empty()) {
    const std::lock_guard lock(mutex_);
    if (append(json_line(entry))) {
      written_.add();
      return;
    }
    failed_.add();
    static log::RateLimit limit;
    log::warning(limit, "the audit log can't be written; its lines come here",
                 {{"path", path_}, {"error", std::strerror(errno)}});
  }
  log::info("audit", {{"identity", entry.identity},
                      {"role", entry.role},
                      {"peer", entry.peer},
                      {"method", entry.method},
                      {"code", entry.code},
                      {"message", entry.message},
                      {"generation", entry.generation},
                      {"summary", entry.summary}});
}

void AuditLog::collect(std::vector<metrics::Family>& families) const {
  metrics::Family& lines =
      families.emplace_back(metrics::Type::kCounter, "signpost_audit_lines_total",
                            "Lines of the audit log, by what became of them.");
  if (path_.empty()) return;
  lines.add({{"result", "written"}}, static_cast<double>(written_.value()))
      .add({{"result", "failed"}}, static_cast<double>(failed_.value()));
}

// One write() with O_APPEND, so that lines of several processes do not mix.
bool AuditLog::append(const std::string& line) {
  if (!is_at_path() && !open_again()) return false;
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return true;
  if (written >= 0) errno = ENOSPC;  // a part of it fitted
  return false;
}

bool AuditLog::open_again() {
  if (file_ >= 0) ::close(file_);
  file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode);
  return file_ >= 0;
}

bool AuditLog::is_at_path() const {
  struct stat open_file {};
  struct stat at_path {};
  return file_ >= 0 && ::fstat(file_, &open_file) == 0 && ::stat(path_.c_str(), &at_path) == 0 &&
         open_file.st_dev == at_path.st_dev && open_file.st_ino == at_path.st_ino;
}

}  // namespace signpost::control
