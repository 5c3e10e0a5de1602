// Tags of health checks and zones, and selectors of them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signpost::model {

using Tags = std::map<std::string, std::string>;  // by key

// "site=lon" to its key and value. INVALID_ARGUMENT, saying what is wrong, if the key is empty, or
// if one of them is longer than 63 characters or has others than letters, digits, '-', '_', '.' and
// '/'; or if `tags` has the key already, or 50 others.
absl::Status add_tag(std::string_view text, Tags& tags);

// "site=lon", sorted by key.
std::vector<std::string> tag_texts(const Tags& tags);

// What tags have to be, as in Kubernetes: all of its terms.
class TagSelector {
 public:
  // Terms "key=value", "key!=value" (also true without the key) and "key" (any value), joined by
  // commas. INVALID_ARGUMENT if a term is none of these. An empty text selects everything.
  static absl::StatusOr<TagSelector> parse(std::string_view text);

  bool matches(const Tags& tags) const;

 private:
  enum class Relation { kEqual, kNotEqual, kPresent };
  struct Term {
    std::string key;
    Relation relation = Relation::kPresent;
    std::string value;
  };
  std::vector<Term> terms_;
};

}  // namespace signpost::model
