// The fast path of the kernel, for the controller and the services.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/fast_path.h"
#include "daemon/options.h"
#include "datapath/digest.h"
#include "datapath/loader.h"
#include "datapath/samples.h"
#include "server/reply_counts.h"

namespace signpost::daemon {

class KernelFastPath : public control::FastPath {
 public:
  // Loads the program and adopts or makes the maps. Errors are those of datapath::FastPath::open().
  static absl::StatusOr<std::unique_ptr<KernelFastPath>> open(const Options& options);

  // Lets packets in, after the first rebuild().
  absl::Status attach();
  // OK as well if somebody else did it before.
  absl::Status detach();

  // Looks whether the program is still attached everywhere, logs what changed, and attaches it
  // again where an interface has come back. report() does too.
  void look_at_attachments();

  // The key that gives sticky clients the same slots on both paths.
  absl::StatusOr<datapath::DigestKey> digest_key();

  // The daemon's sign of life (datapath/heartbeat.h), for packets.
  void beat(std::chrono::nanoseconds pass_after);

  // How long packets had been answered without a daemon before this process took over.
  std::chrono::nanoseconds unattended() const { return unattended_; }

  // Why no query can come in: none of the interfaces is there. Nothing if one is.
  std::optional<std::string> unreachable();

  bool adopted_maps();
  std::vector<std::string> addresses_left_out();

  policy::IdRegistry::Remembered remembered_ids() override;
  absl::Status rebuild(const model::AnswerTable& table) override;
  absl::Status stage(const model::AnswerTable& table, const model::TableChange& change) override;
  absl::Status activate() override;
  absl::Status settle() override;
  absl::Status abandon() override;
  absl::Status remember_ids(const policy::IdRegistry::Journal& journal) override;
  datapath::Publisher::Residence residence(const model::Answer& answer) override;
  absl::Status check_room(const model::AnswerTable& table,
                          const model::TableChange& change) override;
  std::uint64_t answer_count(std::uint32_t counter) override;
  control::FastPathReport report() override;

  // datapath::switch_guards().
  absl::Status set_guards(std::span<const guard> next);

  // Answers that depended on the client's locality, by locality.
  std::vector<std::uint64_t> demand();
  // Replies by what they said.
  std::vector<server::ReplyCount> replies();

  // datapath::SampleReader. It must not outlive this object.
  absl::StatusOr<std::unique_ptr<datapath::SampleReader>> sample(
      std::uint32_t gap, datapath::SampleReader::OnSample on_sample);

  const datapath::Capacity& capacity() const { return capacity_; }

  // Answers by the first `counters` ids of answer_counts.
  std::vector<std::uint64_t> answer_counts(std::size_t counters);

 private:
  explicit KernelFastPath(std::unique_ptr<datapath::FastPath> fast_path);

  using Place = datapath::FastPath::Place;
  // Before attach() none is at a place.
  struct Interface {
    std::string name;
    Place place = Place::kTakenOff;
    datapath::Attachment attachment;
    std::string why_not;  // what the last attempt to attach said
  };

  void look_while_locked();
  void look_at(Interface& interface);
  bool is_attached() const;
  control::FastPathReport::Interface report_of(const Interface& interface) const;

  // The datapath is not thread safe.
  std::mutex mutex_;
  const std::unique_ptr<datapath::FastPath> fast_path_;
  const datapath::Capacity capacity_;
  datapath::Publisher publisher_;
  const std::chrono::nanoseconds unattended_;
  std::vector<Interface> interfaces_;  // once they are attached
};

}  // namespace signpost::daemon
