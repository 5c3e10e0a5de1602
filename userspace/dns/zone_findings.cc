#include "dns/zone_findings.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dns/rdata.h"

namespace signpost::dns {
namespace {

// A name and what it has; where names are looked for, they are of one zone.
struct Owner {
  std::set<RRType> types;
  std::size_t first = 0;  // the index of its first record
};

// RFC 1123 section 2.1; a wildcard's first label is none of the name.
bool is_host_name(const Name& name) {
  for (std::size_t i = name.is_wildcard() ? 1 : 0; i < name.label_count(); ++i) {
    const std::string_view label = name.label(i);
    const bool letters = std::ranges::all_of(
        label, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
    if (!letters || label.front() == '-' || label.back() == '-') return false;
  }
  return true;
}

// "192.0.2.1" as a name, which is what a master file makes of an address.
bool looks_like_address(const Name& name, const Name& apex) {
  if (name.label_count() != apex.label_count() + 4 && name.label_count() != 4) return false;
  for (std::size_t i = 0; i < 4; ++i) {
    if (!std::ranges::all_of(name.label(i), [](unsigned char c) { return std::isdigit(c) != 0; }))
      return false;
  }
  return true;
}

class Checker {
 public:
  explicit Checker(const std::vector<Record>& records);

  std::vector<ZoneFinding> run();

 private:
  void check_apex();
  void check_owner(std::size_t index);
  void check_targets(std::size_t index);
  void check_name_server(std::size_t index, const Name& target);
  void check_host(std::size_t index, const Name& target);
  void check_ttl(std::size_t index);

  void error(std::size_t index, std::string text) { found_.push_back({true, index, text}); }
  void warn(std::size_t index, std::string text) { found_.push_back({false, index, text}); }

  const Owner* owner(const Name& name) const {
    const auto found = owners_.find(name);
    return found == owners_.end() ? nullptr : &found->second;
  }
  bool has(const Name& name, RRType type) const {
    const Owner* at = owner(name);
    return at != nullptr && at->types.contains(type);
  }
  bool has_address(const Name& name) const {
    return has(name, RRType::kA) || has(name, RRType::kAaaa);
  }
  // The nearest name above, below the apex, that has the type.
  std::optional<Name> above_with(const Name& name, RRType type) const;
  // A name for which this zone, and no other, says whether it has addresses.
  bool is_ours(const Name& name) const;
  // Whether a wildcard may stand for the name.
  bool may_be_wildcard(const Name& name) const;

  const std::vector<Record>& records_;
  std::map<Name, Owner> owners_;
  std::map<std::pair<Name, RRType>, std::size_t> first_of_set_;
  Name apex_;
  std::vector<ZoneFinding> found_;
};

Checker::Checker(const std::vector<Record>& records) : records_(records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    Owner& owner = owners_.try_emplace(record.owner, Owner{{}, i}).first->second;
    owner.types.insert(record.type);
    first_of_set_.try_emplace({record.owner, record.type}, i);
    if (record.type == RRType::kSoa) apex_ = record.owner;
  }
}

std::optional<Name> Checker::above_with(const Name& name, RRType type) const {
  for (Name above = name; above.label_count() > apex_.label_count() + 1;) {
    above = above.parent();
    if (has(above, type)) return above;
  }
  return std::nullopt;
}

bool Checker::is_ours(const Name& name) const {
  if (!name.is_at_or_below(apex_) || above_with(name, RRType::kNs)) return false;
  return name == apex_ || !has(name, RRType::kNs);
}

bool Checker::may_be_wildcard(const Name& name) const {
  if (owner(name) != nullptr) return false;
  for (Name above = name; above.label_count() > apex_.label_count();) {
    above = above.parent();
    if (const auto wildcard = above.with_prefix("*"); wildcard.ok() && owner(*wildcard) != nullptr)
      return true;
  }
  return above_with(name, RRType::kDname).has_value();
}

void Checker::check_apex() {
  if (!has(apex_, RRType::kNs))
    error(first_of_set_.at({apex_, RRType::kSoa}),
          absl::StrCat(apex_.text(), " has no NS records; a zone names its servers"));
}

void Checker::check_owner(std::size_t index) {
  const Record& record = records_[index];
  const std::string name = record.owner.text();
  if (record.type == RRType::kNs && record.owner.is_wildcard())
    error(index, absl::StrCat(name, " delegates by a wildcard, which no resolver understands"));
  if (record.type == RRType::kDs && record.owner == apex_)
    error(index, absl::StrCat(name, " DS belongs into the parent zone"));
  if (record.type == RRType::kDname && record.owner != apex_ && has(record.owner, RRType::kNs))
    warn(index, absl::StrCat(name, " has DNAME beside NS; the delegation hides it"));
  const bool names_host =
      record.type == RRType::kA || record.type == RRType::kAaaa || record.type == RRType::kMx;
  if (names_host && !is_host_name(record.owner))
    warn(index, absl::StrCat(name, " is no name of a host; letters, digits and '-' make one"));
  if (record.type == RRType::kSpf && !has(record.owner, RRType::kTxt))
    warn(index, absl::StrCat(name,
                             " has SPF and no TXT record, which alone is looked for "
                             "(RFC 7208 section 3.1)"));
  if (owners_.at(record.owner).first != index) return;
  if (const auto dname = above_with(record.owner, RRType::kDname))
    warn(index, absl::StrCat(name, " is below the DNAME ", dname->text(), ", which hides it"));
  const auto cut = above_with(record.owner, RRType::kNs);
  if (cut && !has_address(record.owner))
    warn(index, absl::StrCat(name, " is below the zone cut ", cut->text(), ", which hides it"));
}

// RFC 2181 section 10.3, RFC 1912 section 2.8.
void Checker::check_name_server(std::size_t index, const Name& target) {
  const bool at_apex = records_[index].owner == apex_;
  const std::string what = absl::StrCat(records_[index].owner.text(), " NS ", target.text());
  std::string problem;
  if (has(target, RRType::kCname)) {
    problem = what + " is an alias (CNAME); name servers must have addresses of their own";
  } else if (target.is_at_or_below(apex_) && !has_address(target) && !may_be_wildcard(target)) {
    const bool needs_glue = target.is_at_or_below(records_[index].owner) && !at_apex;
    if (needs_glue || is_ours(target))
      problem = what + (needs_glue ? " has no glue; add its A or AAAA record"
                                   : " has no address; add its A or AAAA record");
  }
  if (problem.empty()) return;
  if (at_apex) return error(index, problem);
  warn(index, problem);
}

void Checker::check_host(std::size_t index, const Name& target) {
  const Record& record = records_[index];
  if (target.is_root()) return;  // there is none: RFC 7505, RFC 2782
  const std::string what =
      absl::StrCat(record.owner.text(), " ", to_text(record.type), " ", target.text());
  if (looks_like_address(target, apex_)) {
    warn(index, what + " is an address, not the name of a host");
  } else if (has(target, RRType::kCname)) {
    warn(index, what + " is an alias (CNAME); name the host itself (RFC 2181 section 10.3)");
  } else if (is_ours(target) && !has_address(target) && !may_be_wildcard(target)) {
    warn(index, what + " has no address; add its A or AAAA record");
  }
}

void Checker::check_targets(std::size_t index) {
  const Record& record = records_[index];
  if (record.type != RRType::kNs && record.type != RRType::kMx && record.type != RRType::kSrv)
    return;
  for (const Name& target : names_in_rdata(record.type, record.rdata)) {
    if (record.type == RRType::kNs) {
      check_name_server(index, target);
    } else {
      check_host(index, target);
    }
  }
}

void Checker::check_ttl(std::size_t index) {
  const Record& record = records_[index];
  const Record& first = records_[first_of_set_.at({record.owner, record.type})];
  if (record.ttl == first.ttl) return;
  warn(index, absl::StrCat(record.owner.text(), " ", to_text(record.type), " has TTL ", record.ttl,
                           " here and ", first.ttl, " on line ", first.line,
                           "; all get the lowest (RFC 2181 section 5.2)"));
}

std::vector<ZoneFinding> Checker::run() {
  check_apex();
  for (std::size_t i = 0; i < records_.size(); ++i) {
    check_owner(i);
    check_targets(i);
    check_ttl(i);
  }
  std::stable_sort(found_.begin(), found_.end(),
                   [](const auto& a, const auto& b) { return a.index < b.index; });
  return std::move(found_);
}

}  // namespace

std::vector<ZoneFinding> find_doubts(const std::vector<Record>& records) {
  return Checker(records).run();
}

}  // namespace signpost::dns
