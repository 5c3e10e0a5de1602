// Shows a query together with a reply that is made later.
#pragma once

#include "server/deferred_replies.h"
#include "server/query_tap.h"

namespace signpost::server {

// `source`, of a reply of one message, which the tap is shown with the query as it is delivered; a
// query that nobody gets a reply to is not shown. The tap must outlive the source.
DeferredReplies::Source shown_when_made(DeferredReplies::Source source, QueryTap& tap,
                                        const Tapped& query);

}  // namespace signpost::server
