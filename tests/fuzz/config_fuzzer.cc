// Configuration files: what is read is written so that it reads back the same, and what is accepted
// asks for no more once it runs; what is refused says why.
#include <google/protobuf/util/message_differencer.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/planned_change.h"
#include "signpost/config_writer.h"
#include "signpost/message_reader.h"
#include "signpost/v1/config.pb.h"

namespace {

using signpost::cli::SourceMap;
using signpost::control::PlannedChange;
using signpost::control::Running;
using signpost::v1::Config;

void require(bool condition) {
  if (!condition) std::abort();
}

absl::Status read(const std::string& text, Config& config) {
  SourceMap sources(Config::descriptor());
  return signpost::cli::read_message(text, "fuzz.yaml", config, sources);
}

absl::StatusOr<PlannedChange> plan(const Config& config, const Running& running) {
  signpost::v1::ApplyRequest request;
  *request.mutable_config() = config;
  signpost::control::PlanReader reader;
  if (const absl::Status added = reader.add(request); !added.ok()) return added;
  const auto desired = reader.finish();
  if (!desired.ok()) return desired.status();
  return desired->against(running);
}

void check_text(const Config& config) {
  Config again;
  require(read(signpost::cli::to_yaml(config), again).ok());
  require(google::protobuf::util::MessageDifferencer::Equals(config, again));
}

void check_plan(const Config& config) {
  const absl::StatusOr<PlannedChange> change = plan(config, Running());
  if (!change.ok()) {
    require(absl::IsInvalidArgument(change.status()) ||
            absl::IsFailedPrecondition(change.status()));
    require(!change.status().message().empty());
    return;
  }
  Running running;
  running.config = change->after;
  const absl::StatusOr<PlannedChange> again = plan(config, running);
  require(again.ok() && again->deltas.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Config config;
  const absl::Status status = read(std::string(reinterpret_cast<const char*>(data), size), config);
  if (!status.ok()) {
    require(std::string(status.message()).starts_with("fuzz.yaml:"));
    return 0;
  }
  check_text(config);
  check_plan(config);
  return 0;
}
