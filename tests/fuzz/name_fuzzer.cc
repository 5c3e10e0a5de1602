// Names as text and as octets: what is accepted reads back the same, and comparison is consistent.
#include "dns/name.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/hash/hash.h"

namespace {

using signpost::dns::Name;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const Name& name) {
  require(Name::from_wire(name.wire())->wire() == name.wire());
  require(Name::parse(name.text(), name)->wire() == name.wire());
  const Name folded = name.folded();
  require(folded == name && (folded <=> name) == 0);
  require(absl::Hash<Name>{}(folded) == absl::Hash<Name>{}(name));
  require(name.suffix(name.label_count()) == name && name.suffix(0).is_root());
  require(name.is_at_or_below(name.parent()));
  require(name.is_root() || name.parent() < name);
  require(name.with_suffix_replaced(name.parent(), Name()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto name = Name::parse(input); name.ok()) check(*name);
  if (const auto name = Name::from_wire(input); name.ok()) {
    check(*name);
    if (const auto longer = Name::parse("a", *name); longer.ok()) check(*longer);
  }
  return 0;
}
