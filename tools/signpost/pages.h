// Lists of the API come in pages.
#pragma once

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "base/status.h"
#include "signpost/client.h"

namespace signpost::cli {

// Calls visit(page) for every page that `method` gives, from the first; visit returns whether to go
// on.
template <typename Request, typename Response, typename Visit>
absl::Status for_each_page(Client& client,
                           absl::StatusOr<Response> (Client::*method)(const Request&),
                           Request request, Visit&& visit) {
  while (true) {
    ASSIGN_OR_RETURN(Response page, (client.*method)(request));
    std::string next = page.next_page_token();
    if (!visit(page) || next.empty()) return absl::OkStatus();
    request.set_page_token(std::move(next));
  }
}

// All pages as one response.
template <typename Request, typename Response>
absl::StatusOr<Response> all_pages(Client& client,
                                   absl::StatusOr<Response> (Client::*method)(const Request&),
                                   Request request) {
  Response all;
  RETURN_IF_ERROR(for_each_page(client, method, std::move(request), [&](const Response& page) {
    all.MergeFrom(page);
    return true;
  }));
  all.clear_next_page_token();
  return all;
}

// The first `most` items of all pages as one response; 0: all.
template <typename Request, typename Response>
absl::StatusOr<Response> first_items(Client& client,
                                     absl::StatusOr<Response> (Client::*method)(const Request&),
                                     Request request, std::uint32_t most) {
  const int limit = static_cast<int>(most);
  request.set_page_size(most);
  Response all;
  RETURN_IF_ERROR(for_each_page(client, method, std::move(request), [&](const Response& page) {
    all.MergeFrom(page);
    return most == 0 || all.items_size() < limit;
  }));
  all.clear_next_page_token();
  if (most > 0 && all.items_size() > limit)
    all.mutable_items()->DeleteSubrange(limit, all.items_size() - limit);
  return all;
}

}  // namespace signpost::cli
