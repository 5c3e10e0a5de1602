// Views: whose clients see which private zones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dns/name_space.h"
#include "model/prefix.h"

namespace signpost::model {

inline constexpr std::size_t kViewNetworksMax = 1000;

// The clients of some networks. Besides the public zones they see the private zones of their view;
// nobody else does.
struct View {
  dns::NameSpace space;          // of its private zones; never the public one
  std::vector<Prefix> networks;  // ascending, at least one; of one view alone

  const std::string& name() const { return space.view(); }
  friend bool operator==(const View&, const View&) = default;
};
using ViewPtr = std::shared_ptr<const View>;

// An address; IPv4 as ::ffff:a.b.c.d.
using MappedAddress = std::array<std::uint8_t, 16>;

// The first address of a prefix. Of an IPv4 prefix it lies in ::ffff:0:0/96.
MappedAddress first_address(const Prefix& prefix);

// Which view each client is in: that of the longest network around its address.
class ViewMap {
 public:
  ViewMap() = default;
  explicit ViewMap(const std::vector<ViewPtr>& views);

  // The name space that a client sees first; the public one if it is in no view.
  dns::NameSpace of(const MappedAddress& client) const;

  // From `first` on, up to the first address of the next range.
  struct Range {
    MappedAddress first{};
    dns::NameSpace space;
    friend bool operator==(const Range&, const Range&) = default;
  };
  // Ascending, from the first address of all; none if there is no view.
  const std::vector<Range>& ranges() const { return ranges_; }

  // The name spaces of all views, ascending.
  const std::vector<dns::NameSpace>& spaces() const { return spaces_; }

  friend bool operator==(const ViewMap&, const ViewMap&) = default;

 private:
  std::vector<Range> ranges_;
  std::vector<dns::NameSpace> spaces_;
};
using ViewMapPtr = std::shared_ptr<const ViewMap>;

}  // namespace signpost::model
