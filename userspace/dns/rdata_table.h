// Which fields the RDATA of each type has: the one table behind rdata.h.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "dns/fields.h"
#include "dns/rr_type.h"

namespace signpost::dns {

struct Field {
  std::string_view name;
  const FieldKind* kind;
};

struct RdataLayout {
  RRType type;
  std::span<const Field> fields;
  Problem wrong_count;  // if there are too few or too many fields; its remedy is not used
  // A rule between fields of well-formed RDATA; may be null.
  std::optional<Problem> (*rule)(std::string_view rdata) = nullptr;
};

// Null for a type that is only known in the form of RFC 3597.
const RdataLayout* layout_of(RRType type);

}  // namespace signpost::dns
