#include "signpost/zone_file.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "dns/master_file.h"
#include "dns/rdata.h"
#include "dns/rr_type.h"
#include "signpost/config_reader.h"

namespace signpost::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileSize = std::size_t{2} << 30;

// "db.example.com" and "example.com.zone" → example.com.; the root if the name of the file is not
// that of a zone.
dns::Name name_of_file(const std::string& path) {
  std::string name = fs::path(path).filename().string();
  for (const char* suffix : {".zone", ".db", ".txt", ".master", ".hosts"})
    if (absl::EndsWith(name, suffix)) name.resize(name.size() - std::string_view(suffix).size());
  for (const char* prefix : {"db.", "named."})
    if (absl::StartsWith(name, prefix)) name.erase(0, std::string_view(prefix).size());
  const absl::StatusOr<dns::Name> parsed = dns::Name::parse(name);
  return parsed.ok() && parsed->label_count() >= 2 ? *parsed : dns::Name();
}

const dns::Record* find_soa(const std::vector<dns::Record>& records) {
  const auto soa = std::find_if(records.begin(), records.end(), [](const dns::Record& record) {
    return record.type == dns::RRType::kSoa;
  });
  return soa == records.end() ? nullptr : &*soa;
}

// `origin` as given; the root if it is empty.
absl::StatusOr<dns::MasterFileOptions> options_of(const std::string& path,
                                                  const std::string& origin) {
  dns::MasterFileOptions options;
  options.file_name = path;
  options.include = [path](std::string_view file) { return read_included(path, file); };
  if (!origin.empty()) {
    ASSIGN_OR_RETURN(options.origin, dns::Name::parse(origin));
  }
  return options;
}

// Parses with the given origin, or finds out which is meant: a file without $ORIGIN would otherwise
// make the root zone.
absl::StatusOr<std::vector<dns::Record>> parse(const std::string& path, const std::string& origin) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxFileSize));
  ASSIGN_OR_RETURN(dns::MasterFileOptions options, options_of(path, origin));
  if (!origin.empty()) return dns::parse_master_file(text, options);
  auto records = dns::parse_master_file(text, options);
  if (!records.ok()) return records;
  const dns::Record* soa = find_soa(*records);
  if (soa == nullptr || !soa->owner.is_root()) return records;
  options.origin = name_of_file(path);
  if (options.origin.is_root())
    return invalid_argument(path, ":", soa->line, ": the file does not say which zone it is; give ",
                            "--origin, or begin the file with $ORIGIN");
  return dns::parse_master_file(text, options);
}

// The RRset that a record belongs to; `owner` is the record's.
struct RRsetKey {
  friend bool operator==(const RRsetKey& a, const RRsetKey& b) {
    return a.type == b.type && *a.owner == *b.owner;
  }
  friend auto operator<=>(const RRsetKey& a, const RRsetKey& b) {
    return std::tie(*a.owner, a.type) <=> std::tie(*b.owner, b.type);
  }
  template <typename H>
  friend H AbslHashValue(H state, const RRsetKey& key) {
    return H::combine(std::move(state), *key.owner, key.type);
  }

  const dns::Name* owner;
  dns::RRType type;
};

// A comment's line for a record set that a master file can't hold.
std::string comment_of(const v1::RecordSet& set) {
  return absl::StrCat("; ", set.name(), " ", set.type(), " set ", set.set_identifier(), ": ",
                      absl::StrJoin(set.records(), ", "), "\n");
}

bool has_policy(const v1::RecordSet& set) {
  return set.policy_case() != v1::RecordSet::POLICY_NOT_SET &&
         set.policy_case() != v1::RecordSet::kSimple;
}

}  // namespace

ZoneRecords::ZoneRecords(const std::string& path, dns::Name zone, std::vector<dns::Record> records)
    : zone_(std::move(zone)), records_(std::move(records)), next_(records_.size()) {
  chain_records();
  warn_of_ttls(path);
}

void ZoneRecords::chain_records() {
  absl::flat_hash_map<RRsetKey, std::size_t> known;  // indices into rrsets_
  known.reserve(records_.size());
  rrsets_.reserve(records_.size());
  for (std::size_t i = 0; i < records_.size(); ++i) {
    const dns::Record& record = records_[i];
    const auto [at, is_new] = known.try_emplace({&record.owner, record.type}, rrsets_.size());
    if (is_new) {
      rrsets_.push_back({.first = i, .last = i, .ttl = record.ttl});
      continue;
    }
    RRset& rrset = rrsets_[at->second];
    if (rrset.ttl != record.ttl) rrset.ttl_differs = true;
    rrset.ttl = std::min(rrset.ttl, record.ttl);
    next_[std::exchange(rrset.last, i)] = i;
  }
}

void ZoneRecords::warn_of_ttls(const std::string& path) {
  std::map<RRsetKey, std::uint32_t> lowest;  // of those whose TTLs differ
  for (const RRset& rrset : rrsets_) {
    const dns::Record& first = records_[rrset.first];
    if (rrset.ttl_differs) lowest.emplace(RRsetKey{&first.owner, first.type}, rrset.ttl);
  }
  for (const auto& [key, ttl] : lowest)
    warnings_.push_back(absl::StrCat(path, ": ", key.owner->text(), " ", dns::to_text(key.type),
                                     " has records of different TTLs; all get the lowest, ", ttl,
                                     " (RFC 2181 section 5.2)"));
}

bool ZoneRecords::add_next(std::size_t count, v1::Zone& out) {
  if (given_ == rrsets_.size()) return false;
  const std::size_t end = given_ + std::min(count, rrsets_.size() - given_);
  for (; given_ < end; ++given_) *out.add_record_sets() = record_set(rrsets_[given_]);
  return true;
}

v1::RecordSet ZoneRecords::record_set(const RRset& rrset) const {
  const dns::Record& first = records_[rrset.first];
  v1::RecordSet set;
  set.set_name(first.owner.text());
  set.set_type(dns::to_text(first.type));
  set.set_ttl(rrset.ttl);
  for (std::size_t i = rrset.first;; i = next_[i]) {
    set.add_records(dns::format_rdata(first.type, records_[i].rdata));
    if (i == rrset.last) return set;
  }
}

ZoneFile whole(ZoneRecords records) {
  ZoneFile file;
  file.zone.set_name(records.zone().text());
  records.add_next(records.record_count(), file.zone);
  file.record_count = records.record_count();
  file.warnings = records.warnings();
  return file;
}

absl::StatusOr<ZoneRecords> read_zone_file(const std::string& path, const std::string& origin) {
  ASSIGN_OR_RETURN(std::vector<dns::Record> records, parse(path, origin));
  return zone_of_records(path, std::move(records));
}

absl::StatusOr<ZoneRecords> zone_of_records(const std::string& path,
                                            std::vector<dns::Record> records) {
  const dns::Record* soa = find_soa(records);
  if (soa == nullptr)
    return invalid_argument(path, ": no SOA record, so this is no zone; its owner names the zone");
  dns::Name zone = soa->owner;
  return ZoneRecords(path, std::move(zone), std::move(records));
}

absl::StatusOr<std::string> read_included(const std::string& path, std::string_view file) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  const fs::path root = fs::weakly_canonical(folder.empty() ? fs::path(".") : folder, error);
  const fs::path included = fs::weakly_canonical(root / fs::path(file), error);
  const fs::path relative = included.lexically_relative(root);
  if (error || relative.empty() || *relative.begin() == "..")
    return invalid_argument("$INCLUDE reads files below ", root.string(), " only");
  return read_file(included.string(), kMaxFileSize);
}

absl::StatusOr<dns::MasterFileReport> check_zone_file(const std::string& path,
                                                      const std::string& origin) {
  ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxFileSize));
  ASSIGN_OR_RETURN(dns::MasterFileOptions options, options_of(path, origin));
  if (origin.empty()) options.origin = name_of_file(path);
  return dns::check_master_file(text, options);
}

absl::StatusOr<MasterFileText> to_master_file(const dns::Name& apex,
                                              const std::vector<v1::RecordSet>& record_sets) {
  MasterFileText result;
  std::vector<dns::Record> records;
  std::string comments;
  for (const v1::RecordSet& set : record_sets) {
    if (has_policy(set)) {
      ++result.left_out;
      comments += comment_of(set);
      continue;
    }
    const std::optional<dns::RRType> type = dns::parse_rr_type(set.type());
    if (!type) return internal_error("the daemon gave the unknown type ", set.type());
    dns::Record record;
    ASSIGN_OR_RETURN(record.owner, dns::Name::parse(set.name(), apex));
    record.type = *type;
    record.ttl = set.ttl();
    for (const std::string& text : set.records()) {
      ASSIGN_OR_RETURN(record.rdata, dns::parse_rdata(*type, text, apex));
      records.push_back(record);
    }
  }
  std::stable_partition(records.begin(), records.end(),
                        [](const auto& record) { return record.type == dns::RRType::kSoa; });
  result.text = dns::format_master_file(records) + comments;
  return result;
}

}  // namespace signpost::cli
