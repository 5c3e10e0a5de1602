// What came of a dynamic update.
#pragma once

#include <memory>

#include "server/deferred_reply.h"
#include "server/update_request.h"
#include "server/zone_backend.h"

namespace signpost::server {

class UpdateReply final : public DeferredReply {
 public:
  // `updater` must outlive the reply.
  UpdateReply(std::unique_ptr<UpdateRequest> request, const ZoneUpdater& updater)
      : request_(std::move(request)), updater_(updater) {}

  // Makes the update, and the one message that replies.
  Part produce(std::uint64_t now) override;

 private:
  const std::unique_ptr<UpdateRequest> request_;
  const ZoneUpdater& updater_;
};

}  // namespace signpost::server
