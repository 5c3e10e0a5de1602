#include "control/access/call_audit.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "control/access/call_guard.h"
#include "control/access/caller.h"
#include "control/access/method_rules.h"
#include "signpost/v1/control.pb.h"
#include "signpost/v1/override.pb.h"
#include "signpost/v1/schedule.pb.h"

namespace signpost::control {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

constexpr std::size_t kSummaryMax = 500;

void cut(std::string& text) {
  if (text.size() <= kSummaryMax) return;
  // Not within a character of several octets.
  std::size_t size = kSummaryMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  text.resize(size);
  text += " …";
}

// What a method replies with, read from the octets that are about to be sent.
std::unique_ptr<google::protobuf::Message> read_reply(const std::string& method,
                                                      grpc::ByteBuffer octets) {
  const std::string name = absl::StrReplaceAll(method.substr(1), {{"/", "."}});
  const google::protobuf::MethodDescriptor* definition =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (definition == nullptr) return nullptr;
  std::unique_ptr<google::protobuf::Message> reply(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(definition->output_type())
          ->New());
  grpc::ProtoBufferReader reader(&octets);
  if (!reader.status().ok() || !reply->ParseFromZeroCopyStream(&reader)) return nullptr;
  return reply;
}

void describe_reply(const google::protobuf::Message& reply, AuditEntry& entry) {
  const auto add = [&](std::string text) {
    entry.summary =
        entry.summary.empty() ? std::move(text) : absl::StrCat(text, ": ", entry.summary);
  };
  if (const auto* applied = dynamic_cast<const v1::ApplyResponse*>(&reply)) {
    entry.generation = applied->generation();
    add(absl::StrCat(applied->summary().added(), " added, ", applied->summary().changed(),
                     " changed, ", applied->summary().removed(), " removed"));
  } else if (const auto* set = dynamic_cast<const v1::SetOverrideResponse*>(&reply)) {
    add(absl::StrCat("override ", set->override().number()));
  } else if (const auto* schedule = dynamic_cast<const v1::Schedule*>(&reply)) {
    add(absl::StrCat("schedule ", schedule->number()));
  }
}

class CallAudit final : public grpc::experimental::Interceptor {
 public:
  CallAudit(ServerRpcInfo& call, const RoleRules& roles, AuditLog& log, bool changes)
      : call_(call), roles_(roles), log_(log), changes_(changes) {}

  void Intercept(InterceptorBatchMethods* batch) override {
    if (changes_ && batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE))
      on_request(batch->GetRecvMessage());
    if (changes_ && batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      const auto reply = read_reply(call_.method(), *batch->GetSerializedSendMessage());
      if (reply != nullptr) describe_reply(*reply, entry_);
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const bool one_of_a_flood = refused_by_quota(*batch->GetSendTrailingMetadata());
      on_status(batch->GetSendStatus(), one_of_a_flood);
    }
    batch->Proceed();
  }

 private:
  // The message of a call that has one; the parts of a stream are a configuration, which is in the
  // history.
  void on_request(void* message) {
    if (message == nullptr || call_.type() != ServerRpcInfo::Type::UNARY) return;
    const auto* request = dynamic_cast<const google::protobuf::Message*>(
        static_cast<const google::protobuf::MessageLite*>(message));
    if (request == nullptr) return;
    entry_.summary = request->ShortDebugString();
    cut(entry_.summary);
  }

  void on_status(const grpc::Status& status, bool one_of_a_flood) {
    const bool denied = status.error_code() == grpc::StatusCode::PERMISSION_DENIED;
    if (one_of_a_flood || !(changes_ || denied)) return;
    const Caller caller = caller_of(*call_.server_context());
    entry_.identity = identity_of(caller);
    entry_.role = to_text(roles_.role_of(caller));
    entry_.peer = caller.peer;
    entry_.method = call_.method();
    entry_.code = absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
    entry_.message = status.error_message();
    cut(entry_.message);
    log_.write(entry_);
  }

  ServerRpcInfo& call_;
  const RoleRules& roles_;
  AuditLog& log_;
  const bool changes_;
  AuditEntry entry_;
};

}  // namespace

grpc::experimental::Interceptor* CallAuditFactory::CreateServerInterceptor(ServerRpcInfo* call) {
  const MethodRule* rule = rule_of(call->method());
  return rule == nullptr ? nullptr : new CallAudit(*call, roles_, log_, rule->changes);
}

}  // namespace signpost::control
