#include "control/snapshot_writer.h"

#include <string_view>
#include <utility>

#include "base/log.h"

namespace signpost::control {

SnapshotWriter::SnapshotWriter(std::chrono::seconds interval, std::function<absl::Status()> write)
    : interval_(interval), write_(std::move(write)), thread_([this] { run(); }) {}

SnapshotWriter::~SnapshotWriter() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void SnapshotWriter::changed() {
  {
    std::lock_guard lock(mutex_);
    changed_ = true;
  }
  woken_.notify_one();
}

void SnapshotWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait(lock, [this] { return changed_ || stopping_; });
    if (!changed_) return;
    changed_ = false;
    lock.unlock();
    const absl::Status written = write_();
    lock.lock();
    if (!written.ok()) {
      log::warning(
          "the last good snapshot could not be written; it is tried again",
          {{"error", std::string_view(written.message().data(), written.message().size())}});
      changed_ = !stopping_;
    }
    woken_.wait_for(lock, interval_, [this] { return stopping_; });
  }
}

}  // namespace signpost::control
