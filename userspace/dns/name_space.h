// Name spaces: the public one, and one for each private view. A name means another node in each.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signpost::dns {

// A name space, by the name of its view. A value type: views are numbered as they are first named,
// and keep their numbers for the life of the process, so that comparing is cheap and a name that
// nobody holds any more stays valid.
class NameSpace {
 public:
  // The public one, which has no view.
  constexpr NameSpace() = default;

  // The name space of a view; of "", the public one. INVALID_ARGUMENT if no view can have that
  // name: 1 to 32 lower case letters, digits, '-' and '_'. RESOURCE_EXHAUSTED once kNamesMax
  // different ones were named.
  static absl::StatusOr<NameSpace> named(std::string_view view);

  // The one with that number. Requires that there is one.
  static constexpr NameSpace numbered(std::uint16_t number) { return NameSpace(number); }

  bool is_public() const { return number_ == 0; }

  // The name of the view; "" for the public one.
  const std::string& view() const;

  // 0: public. Two processes may number views in different ways.
  std::uint16_t number() const { return number_; }

  friend bool operator==(NameSpace, NameSpace) = default;
  // The public one first, then by the names of views.
  friend std::strong_ordering operator<=>(NameSpace a, NameSpace b) {
    return a == b ? std::strong_ordering::equal : a.view() <=> b.view();
  }

  static constexpr std::uint16_t kNamesMax = (1u << 14) - 1;

 private:
  explicit constexpr NameSpace(std::uint16_t number) : number_(number) {}

  std::uint16_t number_ = 0;
};

}  // namespace signpost::dns
