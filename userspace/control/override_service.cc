#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "base/status.h"
#include "control/service_support.h"
#include "control/services.h"
#include "control/translate.h"
#include "control/translate_override.h"
#include "model/active_overrides.h"
#include "signpost/v1/override.grpc.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kReasonMax = 500;
constexpr std::size_t kRulesMax = 100;

absl::StatusOr<SafetyRule> read_rule(const v1::SafetyRule& in) {
  SafetyRule rule;
  RETURN_IF_ERROR(check_health_check_id(in.name(), "name"));
  rule.name = in.name();
  if (in.at_least() == 0) return invalid_argument("at_least: is 0, which is no rule");
  rule.at_least = in.at_least();
  if (in.health_check_ids().empty() == in.selector().empty())
    return invalid_argument("health_check_ids: give either these or a selector");
  rule.check_ids.assign(in.health_check_ids().begin(), in.health_check_ids().end());
  std::sort(rule.check_ids.begin(), rule.check_ids.end());
  rule.check_ids.erase(std::unique(rule.check_ids.begin(), rule.check_ids.end()),
                       rule.check_ids.end());
  RETURN_IF_ERROR(read_selector(in.selector()).status());
  rule.selector = in.selector();
  return rule;
}

OverrideEvent rule_event(const std::string& author, std::string text, bool ended) {
  return {.number = 0,
          .time = std::chrono::system_clock::now(),
          .change = {.override_number = 0,
                     .author = author,
                     .text = std::move(text),
                     .ended = ended,
                     .break_glass = false}};
}

class OverrideService final : public v1::OverrideService::Service {
 public:
  explicit OverrideService(const ServiceContext& context) : context_(context) {}

  grpc::Status SetOverride(grpc::ServerContext* call, const v1::SetOverrideRequest* request,
                           v1::SetOverrideResponse* out) override {
    return to_grpc(set(author_of(*call), *request, *out));
  }

  grpc::Status ClearOverride(grpc::ServerContext* call, const v1::ClearOverrideRequest* request,
                             v1::ClearOverrideResponse*) override {
    if (request->reason().size() > kReasonMax)
      return to_grpc(invalid_argument("reason: is too long; use at most 500 octets"));
    if (request->break_glass() && request->reason().empty())
      return to_grpc(invalid_argument("reason: is missing; breaking the glass needs one"));
    return to_grpc(context_.controller->clear_override({.number = request->number(),
                                                        .at_once = request->at_once(),
                                                        .break_glass = request->break_glass(),
                                                        .reason = request->reason(),
                                                        .author = author_of(*call)}));
  }

  grpc::Status ListOverrides(grpc::ServerContext*, const v1::ListOverridesRequest*,
                             v1::ListOverridesResponse* out) override {
    const RunningPtr running = context_.controller->running();
    if (running->seen.overrides == nullptr) return grpc::Status::OK;
    for (const model::ActiveOverride& active : running->seen.overrides->all())
      control::to_proto(*active.override, active.weight_percent, *out->add_overrides());
    return grpc::Status::OK;
  }

  grpc::Status ListOverrideHistory(grpc::ServerContext*,
                                   const v1::ListOverrideHistoryRequest* request,
                                   v1::ListOverrideHistoryResponse* out) override {
    return to_grpc(list_history(*request, *out));
  }

  grpc::Status SetSafetyRule(grpc::ServerContext* call, const v1::SafetyRule* request,
                             v1::SetSafetyRuleResponse*) override {
    return to_grpc(set_rule(author_of(*call), *request));
  }

  grpc::Status DeleteSafetyRule(grpc::ServerContext* call,
                                const v1::DeleteSafetyRuleRequest* request,
                                v1::DeleteSafetyRuleResponse*) override {
    const std::string author = author_of(*call);
    return to_grpc(context_.controller->set_safety_rules(
        [&](std::vector<SafetyRule>& rules) -> absl::StatusOr<OverrideEvent> {
          const std::size_t removed = std::erase_if(
              rules, [&](const SafetyRule& rule) { return rule.name == request->name(); });
          if (removed == 0) return not_found("there is no safety rule ", request->name());
          return rule_event(author, absl::StrCat("safety rule ", request->name(), " deleted"),
                            true);
        }));
  }

  grpc::Status ListSafetyRules(grpc::ServerContext*, const v1::ListSafetyRulesRequest*,
                               v1::ListSafetyRulesResponse* out) override {
    for (const RuleCount& count : context_.controller->safety_rules()) {
      v1::ListSafetyRulesResponse::Item& item = *out->add_items();
      item.mutable_rule()->set_name(count.rule.name);
      item.mutable_rule()->set_at_least(count.rule.at_least);
      for (const std::string& id : count.rule.check_ids)
        item.mutable_rule()->add_health_check_ids(id);
      item.mutable_rule()->set_selector(count.rule.selector);
      item.set_selected(static_cast<std::uint32_t>(count.selected));
      item.set_on(static_cast<std::uint32_t>(count.on));
    }
    return grpc::Status::OK;
  }

 private:
  absl::Status set(const std::string& author, const v1::SetOverrideRequest& request,
                   v1::SetOverrideResponse& out) {
    ASSIGN_OR_RETURN(model::Override override, from_proto(request.override(), "override"));
    const auto now = std::chrono::system_clock::now();
    override.owner = author;
    override.restoring_since.reset();
    override.break_glass = request.break_glass();
    if (override.break_glass && override.reason.empty())
      return invalid_argument("override.reason: is missing; breaking the glass needs one");
    if (request.expires_after_seconds() > 0)
      override.expires = now + std::chrono::seconds(request.expires_after_seconds());
    if (override.expires && *override.expires <= now)
      return invalid_argument("override.expires: has passed");
    ASSIGN_OR_RETURN(override, context_.controller->set_override(std::move(override)));
    control::to_proto(override, model::weight_percent(override, now), *out.mutable_override());
    return absl::OkStatus();
  }

  absl::Status set_rule(const std::string& author, const v1::SafetyRule& request) {
    ASSIGN_OR_RETURN(const SafetyRule rule, read_rule(request));
    return context_.controller->set_safety_rules(
        [&](std::vector<SafetyRule>& rules) -> absl::StatusOr<OverrideEvent> {
          std::erase_if(rules, [&](const SafetyRule& old) { return old.name == rule.name; });
          if (rules.size() >= kRulesMax)
            return resource_exhausted("there are ", kRulesMax, " safety rules");
          rules.push_back(rule);
          std::sort(rules.begin(), rules.end(),
                    [](const auto& a, const auto& b) { return a.name < b.name; });
          return rule_event(
              author,
              absl::StrCat("safety rule ", rule.name, ": at least ", rule.at_least, " stay on"),
              false);
        });
  }

  absl::Status list_history(const v1::ListOverrideHistoryRequest& request,
                            v1::ListOverrideHistoryResponse& out) {
    ASSIGN_OR_RETURN(const std::int64_t before, number_from_token(request.page_token()));
    const std::size_t size = page_size(request.page_size());
    ASSIGN_OR_RETURN(const std::vector<OverrideEvent> events,
                     context_.store->override_history(before, size));
    for (const OverrideEvent& event : events) {
      v1::ListOverrideHistoryResponse::Item& item = *out.add_items();
      set_time(event.time, *item.mutable_time());
      item.set_author(event.change.author);
      item.set_text(event.change.text);
      item.set_override_number(event.change.override_number);
      item.set_ended(event.change.ended);
      item.set_break_glass(event.change.break_glass);
    }
    if (events.size() == size)
      out.set_next_page_token(to_token(absl::StrCat(events.back().number)));
    return absl::OkStatus();
  }

  const ServiceContext context_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_override_service(const ServiceContext& context) {
  return std::make_unique<OverrideService>(context);
}

}  // namespace signpost::control
