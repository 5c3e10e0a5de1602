#include "dnstap/frame_stream.h"

#include <fstrm.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace signpost::dnstap {
namespace {

constexpr std::string_view kContentType = "protobuf:dnstap.Dnstap";
constexpr unsigned kQueuedFrames = 4096;
constexpr unsigned kReopenSeconds = 1;

// Gives back what the library made.
struct Destroyer {
  void operator()(fstrm_unix_writer_options* options) const {
    fstrm_unix_writer_options_destroy(&options);
  }
  void operator()(fstrm_writer_options* options) const { fstrm_writer_options_destroy(&options); }
  void operator()(fstrm_iothr_options* options) const { fstrm_iothr_options_destroy(&options); }
  void operator()(fstrm_iothr* thread) const { fstrm_iothr_destroy(&thread); }
};
template <typename Made>
using Owned = std::unique_ptr<Made, Destroyer>;

Owned<fstrm_iothr> start_writing(const std::string& socket) {
  const Owned<fstrm_unix_writer_options> place(fstrm_unix_writer_options_init());
  fstrm_unix_writer_options_set_socket_path(place.get(), socket.c_str());
  const Owned<fstrm_writer_options> stream(fstrm_writer_options_init());
  fstrm_writer_options_add_content_type(stream.get(), kContentType.data(), kContentType.size());
  // One queue for all threads of the server.
  const Owned<fstrm_iothr_options> queue(fstrm_iothr_options_init());
  fstrm_iothr_options_set_num_input_queues(queue.get(), 1);
  fstrm_iothr_options_set_queue_model(queue.get(), FSTRM_IOTHR_QUEUE_MODEL_MPSC);
  fstrm_iothr_options_set_input_queue_size(queue.get(), kQueuedFrames);
  fstrm_iothr_options_set_reopen_interval(queue.get(), kReopenSeconds);
  fstrm_writer* writer = fstrm_unix_writer_init(place.get(), stream.get());
  if (writer == nullptr) return nullptr;
  Owned<fstrm_iothr> thread(fstrm_iothr_init(queue.get(), &writer));
  if (thread == nullptr) fstrm_writer_destroy(&writer);
  return thread;
}

}  // namespace

class FrameStream::Impl {
 public:
  Impl(Owned<fstrm_iothr> thread, Speaker speaker)
      : thread_(std::move(thread)),
        queue_(fstrm_iothr_get_input_queue(thread_.get())),
        speaker_(std::move(speaker)) {}

  void show(const server::Tapped& tapped) {
    submit(query_frame(tapped, speaker_));
    if (!tapped.reply.empty()) submit(reply_frame(tapped, speaker_));
  }

  void drop() { dropped_.add(); }

  void collect(std::vector<metrics::Family>& families) const {
    families
        .emplace_back(metrics::Type::kCounter, "signpost_dnstap_frames_total",
                      "Frames of dnstap: queued for the reader, or dropped.")
        .add({{"outcome", "queued"}}, static_cast<double>(queued_.value()))
        .add({{"outcome", "dropped"}}, static_cast<double>(dropped_.value()));
  }

 private:
  void submit(const std::string& frame) {
    void* const copy = std::malloc(frame.size());
    if (copy == nullptr) return drop();
    std::memcpy(copy, frame.data(), frame.size());
    const fstrm_res result =
        fstrm_iothr_submit(thread_.get(), queue_, copy, frame.size(), fstrm_free_wrapper, nullptr);
    if (result == fstrm_res_success) return queued_.add();
    std::free(copy);
    drop();
  }

  const Owned<fstrm_iothr> thread_;
  fstrm_iothr_queue* const queue_;
  const Speaker speaker_;
  metrics::Counter queued_;
  metrics::Counter dropped_;
};

absl::StatusOr<std::unique_ptr<FrameStream>> FrameStream::open(const std::string& socket,
                                                               Speaker speaker) {
  if (socket.size() >= sizeof(sockaddr_un::sun_path)) {
    return invalid_argument("--dnstap: the path of the socket is longer than ",
                            sizeof(sockaddr_un::sun_path) - 1, " characters");
  }
  Owned<fstrm_iothr> thread = start_writing(socket);
  if (thread == nullptr) return unavailable("--dnstap: no thread can be had for ", socket);
  return std::unique_ptr<FrameStream>(
      new FrameStream(std::make_unique<Impl>(std::move(thread), std::move(speaker))));
}

FrameStream::FrameStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FrameStream::~FrameStream() = default;

void FrameStream::show(const server::Tapped& tapped) noexcept {
  static log::RateLimit limit;
  try {
    impl_->show(tapped);
  } catch (const std::exception& failure) {  // out of memory
    impl_->drop();
    log::warning(limit, "a query is missing in dnstap", {{"why", failure.what()}});
  }
}

void FrameStream::collect(std::vector<metrics::Family>& families) const {
  impl_->collect(families);
}

}  // namespace signpost::dnstap
