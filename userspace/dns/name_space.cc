#include "dns/name_space.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include "absl/container/flat_hash_map.h"
#include "base/status.h"

namespace signpost::dns {
namespace {

constexpr std::size_t kViewNameMax = 32;

bool is_view_name(std::string_view text) {
  return !text.empty() && text.size() <= kViewNameMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

// All names that views ever had. A deque, whose elements stay where they are.
struct Names {
  std::shared_mutex mutex;
  std::deque<std::string> by_number{""};
  absl::flat_hash_map<std::string_view, std::uint16_t> numbers{{"", 0}};
};

Names& names() {
  static Names* const all = new Names;
  return *all;
}

}  // namespace

absl::StatusOr<NameSpace> NameSpace::named(std::string_view view) {
  Names& all = names();
  {
    std::shared_lock lock(all.mutex);
    if (const auto known = all.numbers.find(view); known != all.numbers.end())
      return NameSpace(known->second);
  }
  if (!is_view_name(view))
    return invalid_argument("\"", std::string(view),
                            "\" is not the name of a view; use 1 to 32 lower case letters, digits, "
                            "'-' and '_'");
  std::unique_lock lock(all.mutex);
  if (const auto known = all.numbers.find(view); known != all.numbers.end())
    return NameSpace(known->second);
  if (all.by_number.size() > kNamesMax)
    return resource_exhausted("this process has seen ", kNamesMax,
                              " different names of views; use one of them, or restart it");
  const auto number = static_cast<std::uint16_t>(all.by_number.size());
  all.numbers.emplace(all.by_number.emplace_back(view), number);
  return NameSpace(number);
}

const std::string& NameSpace::view() const {
  Names& all = names();
  std::shared_lock lock(all.mutex);
  return all.by_number[number_];
}

}  // namespace signpost::dns
