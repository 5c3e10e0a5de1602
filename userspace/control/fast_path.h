// The fast path as the controller and the services see it. The daemon implements it over datapath/.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "datapath/publisher.h"
#include "model/answer_table.h"
#include "policy/id_registry.h"

namespace signpost::control {

// FastPathReport::Reason::verdict.
inline constexpr std::string_view kAnswerVerdict = "answer";
inline constexpr std::string_view kPassVerdict = "pass";
inline constexpr std::string_view kDropVerdict = "drop";

// How the fast path does, for `status` and metrics.
struct FastPathReport {
  enum class Mode { kNative, kGeneric, kUserspace };
  struct Reason {
    std::string label;
    std::string help;
    std::string verdict;
    std::uint64_t packets = 0;
  };
  struct Interface {
    std::string name;
    Mode mode = Mode::kUserspace;
    std::string mode_reason;  // why it is not kNative
  };
  Mode mode = Mode::kUserspace;  // the slowest of all interfaces
  std::vector<Interface> interfaces;
  std::vector<Reason> reasons;
  std::vector<std::uint64_t> guard_events;  // by enum guard_event of bpf/guard_events.h
  std::uint64_t nodes_used = 0;
  std::uint64_t nodes_capacity = 0;
  std::uint64_t cells_used = 0;
  std::uint64_t cells_capacity = 0;
};

class FastPath {
 public:
  virtual ~FastPath() = default;

  // Publishing, by the controller's thread alone: datapath::Publisher's methods of the same names.
  virtual policy::IdRegistry::Remembered remembered_ids() = 0;
  virtual absl::Status rebuild(const model::AnswerTable& table) = 0;
  virtual absl::Status stage(const model::AnswerTable& table, const model::TableChange& change) = 0;
  virtual absl::Status activate() = 0;
  virtual absl::Status settle() = 0;
  virtual absl::Status abandon() = 0;
  virtual absl::Status remember_ids(const policy::IdRegistry::Journal& journal) = 0;

  // Reading, by any thread.
  virtual datapath::Publisher::Residence residence(const model::Answer& answer) = 0;
  virtual absl::Status check_room(const model::AnswerTable& table,
                                  const model::TableChange& change) = 0;
  virtual std::uint64_t answer_count(std::uint32_t counter) = 0;
  virtual FastPathReport report() = 0;
};

}  // namespace signpost::control
