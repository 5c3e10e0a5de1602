#include "signpost/commands/change.h"

#include <chrono>

#include "base/status.h"
#include "signpost/change_output.h"
#include "signpost/config_reader.h"
#include "signpost/config_stream.h"
#include "signpost/error_places.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

// Changes that apply lists one by one; plan lists all.
constexpr int kListedByApply = 100;

absl::StatusOr<v1::PlanResponse> ask_plan(Session& session, const v1::ApplyOptions& options,
                                          const LoadedConfig& loaded) {
  auto response = session.client.plan(parts_of(options, only(loaded.config)));
  if (!response.ok()) return with_places(response.status(), loaded);
  return response;
}

}  // namespace

v1::ApplyOptions apply_options(const ApplyArguments& arguments) {
  v1::ApplyOptions options;
  options.set_expected_generation(arguments.expected_generation);
  options.set_comment(arguments.comment);
  options.set_prune(arguments.prune);
  options.set_adopt(arguments.adopt);
  options.set_force(arguments.force);
  return options;
}

absl::StatusOr<int> apply(Session& session, const ApplyArguments& arguments) {
  ASSIGN_OR_RETURN(const LoadedConfig loaded, load_config(arguments.files));
  v1::ApplyOptions options = apply_options(arguments);
  if (arguments.format == Format::kTable) {
    ASSIGN_OR_RETURN(v1::PlanResponse planned, ask_plan(session, options, loaded));
    planned.clear_warnings();  // Apply gives the same
    print_changes(session, planned, kListedByApply);
    if (planned.generation() > 0) options.set_expected_generation(planned.generation());
  }
  const auto begin = std::chrono::steady_clock::now();
  auto response = session.client.apply(parts_of(options, only(loaded.config)));
  if (!response.ok()) return with_places(response.status(), loaded);
  print_applied(session, arguments.format, *response, std::chrono::steady_clock::now() - begin);
  return kDone;
}

absl::StatusOr<int> diff(Session& session, const DiffArguments& arguments) {
  v1::DiffRequest request;
  request.set_from_generation(arguments.from);
  request.set_to_generation(arguments.to);
  ASSIGN_OR_RETURN(const v1::PlanResponse response, session.client.diff(request));
  print_diff(session, arguments.format, response);
  return kDone;
}

absl::StatusOr<int> rollback(Session& session, const RollbackArguments& arguments) {
  v1::RollbackRequest request;
  request.set_generation(arguments.generation);
  request.set_expected_generation(arguments.expected_generation);
  request.set_comment(arguments.comment);
  const auto begin = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const v1::ApplyResponse response, session.client.rollback(request));
  print_applied(session, arguments.format, response, std::chrono::steady_clock::now() - begin);
  return kDone;
}

}  // namespace signpost::cli
