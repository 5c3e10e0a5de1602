// Whether a body holds what an HTTP check searches for.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace signpost::health {

inline constexpr std::size_t kSearchStringWithin = 5120;  // octets of the decoded body (Route 53's)
inline constexpr std::size_t kBodyOctetsMax = 65536;      // decoded, and as received

// Takes a body as it comes; the work is linear in its length, however small the pieces are.
class BodySearch {
 public:
  // Either may be empty or null: it is found.
  BodySearch(std::string search_string, std::shared_ptr<const re2::RE2> pattern);

  // `body` is all of it that there is by now; true once nothing more needs to be read.
  bool is_decided(std::string_view body);

  // What is missing at the end of the body, in words; empty: nothing.
  std::string missing(std::string_view body) const;

 private:
  const std::string string_;
  const std::shared_ptr<const re2::RE2> pattern_;
  bool string_found_;
  std::size_t searched_ = 0;
};

}  // namespace signpost::health
