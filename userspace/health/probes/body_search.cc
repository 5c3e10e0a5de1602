#include "health/probes/body_search.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace signpost::health {

BodySearch::BodySearch(std::string search_string, std::shared_ptr<const re2::RE2> pattern)
    : string_(std::move(search_string)),
      pattern_(std::move(pattern)),
      string_found_(string_.empty()) {}

// The pattern is matched once, at the end: a longer text can match what a shorter one does not, and
// the other way round.
bool BodySearch::is_decided(std::string_view body) {
  const std::string_view head = body.substr(0, kSearchStringWithin);
  if (!string_found_) {
    const std::size_t overlap = std::min(searched_, string_.size() - 1);
    string_found_ = head.find(string_, searched_ - overlap) != std::string_view::npos;
    searched_ = head.size();
  }
  if (!string_found_) return head.size() == kSearchStringWithin;
  return pattern_ == nullptr || body.size() >= kBodyOctetsMax;
}

std::string BodySearch::missing(std::string_view body) const {
  if (!string_found_) {
    const std::string where = body.size() < kSearchStringWithin
                                  ? "its " + std::to_string(body.size()) + " octets"
                                  : "the first 5,120 octets";
    return "the search string is not in " + where;
  }
  if (pattern_ != nullptr &&
      !RE2::PartialMatch(re2::StringPiece(body.data(), body.size()), *pattern_))
    return "the search pattern does not match";
  return "";
}

}  // namespace signpost::health
