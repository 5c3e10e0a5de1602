// dnstap over Frame Streams to a unix socket, by libfstrm.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "dnstap/frames.h"
#include "server/query_tap.h"

namespace signpost::dnstap {

// Writes by a thread of its own. While nobody listens on the socket, or the reader is slow, frames
// are dropped and counted: answers never wait for a reader. It is connected to again each second.
class FrameStream final : public server::QueryTap {
 public:
  // `socket`: the path of a listening unix socket. INVALID_ARGUMENT if it is too long for one.
  static absl::StatusOr<std::unique_ptr<FrameStream>> open(const std::string& socket,
                                                           Speaker speaker);
  // Writes what is queued, as far as the reader takes it.
  ~FrameStream() override;

  void show(const server::Tapped& tapped) noexcept override;

  // signpost_dnstap_frames_total: what became of frames.
  void collect(std::vector<metrics::Family>& families) const;

 private:
  class Impl;
  explicit FrameStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::dnstap
