// The addresses in SVCB and HTTPS records (RFC 9460 section 7.3) follow the answers for the names
// that they are of.
#include <set>

#include "absl/strings/str_join.h"
#include "dns/svcb.h"
#include "policy/resolve_step.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;

namespace {

struct Hint {
  std::uint16_t key;
  RRType type;
};

constexpr Hint kHints[] = {{dns::kIpv4Hint, RRType::kA}, {dns::kIpv6Hint, RRType::kAaaa}};

// The name whose addresses the hints are: "." stands for the record's own (RFC 9460
// section 2.5.2).
std::optional<Name> hinted_name(const Name& owner, std::string_view rdata) {
  std::optional<Name> target = dns::service_target(rdata);
  if (!target) return std::nullopt;
  return target->is_root() ? owner : target->folded();
}

}  // namespace

std::vector<Resolver::HintedPool> Resolver::hinted_pools(const Name& owner,
                                                         const model::RecordSet& set) {
  std::vector<HintedPool> pools;
  for (const std::string& rdata : set.rdata) {
    const std::optional<Name> name = hinted_name(owner, rdata);
    for (const Hint& hint : kHints) {
      if (name && dns::has_service_param(rdata, hint.key)) pools.push_back({*name, hint.type});
    }
  }
  return pools;
}

// All that the client can get, in the order of their octets; nothing if no zone held has any.
std::string Resolver::addresses(const HintedPool& pool, unsigned depth) {
  const std::optional<Name> name = follow(pool.name);
  if (!name) return {};
  std::set<std::string> found;
  for (const Path& path : walk({*name, pool.type, false, depth, {}, *name})) {
    if (path.end != PathEnd::kAnswer) continue;
    const model::RdataList& rdata = path.answer.back().rdata;
    found.insert(rdata.begin(), rdata.end());
  }
  return absl::StrJoin(found, "");
}

model::RdataList Resolver::with_hints(const Name& owner, model::RdataList values, unsigned depth) {
  for (std::string& rdata : values) {
    const std::optional<Name> name = hinted_name(owner, rdata);
    for (const Hint& hint : kHints) {
      if (!name || !dns::has_service_param(rdata, hint.key)) continue;
      const std::string pool = addresses({*name, hint.type}, depth + 1);
      if (!pool.empty()) rdata = dns::with_service_param(rdata, hint.key, pool);
    }
  }
  return values;
}

}  // namespace signpost::policy
