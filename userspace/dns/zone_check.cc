#include "dns/zone_check.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "dns/rdata.h"

namespace signpost::dns {
namespace {

// A record as the DNS compares it; `owner` belongs to the record.
struct RecordKey {
  explicit RecordKey(const Record& record)
      : owner(&record.owner), type(record.type), rdata(record.rdata) {
    fold_names_in_rdata(type, rdata);
  }

  friend bool operator==(const RecordKey& a, const RecordKey& b) {
    return a.type == b.type && a.rdata == b.rdata && *a.owner == *b.owner;
  }
  template <typename H>
  friend H AbslHashValue(H state, const RecordKey& key) {
    return H::combine(std::move(state), *key.owner, key.type, key.rdata);
  }

  const Name* owner;
  RRType type;
  std::string rdata;
};

struct OwnerKey {
  friend bool operator==(OwnerKey a, OwnerKey b) { return *a.name == *b.name; }
  template <typename H>
  friend H AbslHashValue(H state, OwnerKey key) {
    return H::combine(std::move(state), *key.name);
  }

  const Name* name;
};

struct OwnerFacts {
  bool has_cname = false;
  bool has_dname = false;
  bool has_other_data = false;  // what may not be beside a CNAME
};

// DNSSEC's own types may be beside a CNAME (RFC 4034 sections 3 and 4, RFC 2181 section 10.1).
bool may_be_beside_cname(RRType type) {
  constexpr RRType kSig{24}, kKey{25}, kNxt{30}, kNsec{47};
  return type == RRType::kRrsig || type == kNsec || type == kSig || type == kKey || type == kNxt;
}

// Notes the record; a text if it may not be beside those noted before.
std::optional<std::string> note(const Record& record, OwnerFacts& facts) {
  if (record.type == RRType::kCname) {
    if (facts.has_cname) return "has a second CNAME; an owner has one at most";
    facts.has_cname = true;
  } else if (!may_be_beside_cname(record.type)) {
    facts.has_other_data = true;
  }
  if (facts.has_cname && facts.has_other_data)
    return "has a CNAME and other data; remove one of them (RFC 1034 section 3.6.2)";
  if (record.type == RRType::kDname) {
    if (facts.has_dname) return "has a second DNAME; an owner has one at most";
    facts.has_dname = true;
  }
  return std::nullopt;
}

RecordProblem problem_of(const std::vector<Record>& records, std::size_t index,
                         std::string_view text) {
  return {index, absl::StrCat(records[index].owner.text(), " ", std::string(text))};
}

std::optional<RecordProblem> find_boundary_conflict(const std::vector<Record>& records) {
  const auto is_soa = [](const Record& record) { return record.type == RRType::kSoa; };
  const auto soa = std::ranges::find_if(records, is_soa);
  if (soa == records.end()) return std::nullopt;
  const auto second = std::find_if(soa + 1, records.end(), is_soa);
  if (second != records.end()) {
    return problem_of(records, static_cast<std::size_t>(second - records.begin()),
                      "has a second SOA; a zone has one");
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].owner.is_at_or_below(soa->owner)) continue;
    return problem_of(records, i,
                      absl::StrCat("is outside the zone ", soa->owner.text(),
                                   "; remove the record or correct its owner name"));
  }
  return std::nullopt;
}

}  // namespace

std::optional<RecordProblem> find_conflict(const std::vector<Record>& records) {
  if (auto problem = find_boundary_conflict(records)) return problem;
  absl::flat_hash_map<OwnerKey, OwnerFacts> owners;
  owners.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (auto text = note(records[i], owners[OwnerKey{&records[i].owner}]))
      return problem_of(records, i, *text);
  }
  return std::nullopt;
}

std::vector<bool> find_duplicates(const std::vector<Record>& records) {
  std::vector<bool> duplicates(records.size());
  absl::flat_hash_set<RecordKey> seen;
  seen.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i)
    duplicates[i] = !seen.insert(RecordKey(records[i])).second;
  return duplicates;
}

}  // namespace signpost::dns
