// A line for each call that changed something or was refused.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.h"

namespace signpost::control {

struct AuditEntry {
  std::string identity;
  std::string role;
  std::string peer;
  std::string method;
  std::string code;              // "OK", "PERMISSION_DENIED"
  std::string message{};         // of a call that failed
  std::uint64_t generation = 0;  // that the change made; 0: none
  std::string summary{};         // what changed, or what was asked for
};

// JSON lines in a file, which may be renamed at any time: the next line then goes into a new one.
// Without a file, and where it can't be written, lines go to the daemon's log. Thread safe.
class AuditLog {
 public:
  // "": no file.
  explicit AuditLog(std::string path);
  ~AuditLog();

  // Blocks nobody for long, and fails nothing: a disk that is full stops no change.
  void write(const AuditEntry& entry);

  void collect(std::vector<metrics::Family>& families) const;

 private:
  bool append(const std::string& line);
  bool open_again();
  bool is_at_path() const;

  const std::string path_;
  std::mutex mutex_;
  int file_ = -1;
  metrics::Counter written_;
  metrics::Counter failed_;
};

}  // namespace signpost::control
