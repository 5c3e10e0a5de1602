#include "signpost/convert/gdnsd.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/rr_type.h"
#include "signpost/config_reader.h"
#include "signpost/convert/gdnsd_health_checks.h"
#include "signpost/convert/gdnsd_resources.h"
#include "signpost/convert/gdnsd_zone_file.h"
#include "signpost/convert/vscf_reader.h"

namespace signpost::cli::convert {
namespace {

namespace fs = std::filesystem;

// gdnsd's bounds of TTLs (gdnsd.config(5)).
struct TtlRules {
  std::uint32_t usual = 86400;
  std::uint32_t least = 5;
  std::uint32_t most = 3600000;

  std::uint32_t apply(std::uint32_t ttl) const { return std::clamp(ttl, least, most); }
};

// What to do about an option, if there is anything.
std::string_view remedy_of(std::string_view option) {
  static const std::map<std::string_view, std::string_view> kRemedies = {
      {"listen", "give the addresses to signpostd by --listen"},
      {"dns_port", "give the port to signpostd with each --listen"},
      {"max_ncache_ttl", "write the value as the minimum of the zones' SOA records"},
      {"chaos_response", "signpostd --chaos answers class CH"},
      {"nsid", "set nsid in guards"},
      {"http_listen", "signpostd --http has metrics"},
      {"edns_client_subnet", "the client subnet of a query counts wherever it has one"}};
  const auto at = kRemedies.find(option);
  return at == kRemedies.end() ? "a setting of gdnsd's own, which Signpost has no equal of"
                               : at->second;
}

class Converter {
 public:
  Converter(const Node& config, Conversion& out)
      : config_(config),
        out_(out),
        checks_(config.find("service_types"), out),
        resources_(config.find("plugins"), checks_, out) {}

  absl::Status run(const std::string& zones) {
    RETURN_IF_ERROR(read_options());
    std::error_code error;
    if (fs::is_directory(zones, error)) {
      ASSIGN_OR_RETURN(const std::vector<std::string> files, files_in(zones));
      for (const std::string& file : files) RETURN_IF_ERROR(add_zone(file));
    }
    if (out_.config.zones_size() == 0)
      return not_found(zones, ": no zone; gdnsd's zone files are expected there");
    for (const Node* unused : resources_.unused())
      out_.leave_out(out_.config, "zones", *unused, "no record of a zone refers to it");
    for (const Node* unused : checks_.unused())
      out_.leave_out(out_.config, "health_checks", *unused, "no resource in use refers to it");
    return absl::OkStatus();
  }

 private:
  absl::Status read_options() {
    if (!config_.is_map()) return config_.error("must be a hash");
    for (const Node* other : other_members(config_, {"options", "service_types", "plugins"}))
      return other->error("is unknown; known are options, service_types and plugins");
    const Node* options = config_.find("options");
    if (options == nullptr) return absl::OkStatus();
    for (const Node& option : options->items) {
      std::uint32_t* ttl = option.key == "zones_default_ttl" ? &ttls_.usual
                           : option.key == "min_ttl"         ? &ttls_.least
                           : option.key == "max_ttl"         ? &ttls_.most
                                                             : nullptr;
      if (ttl == nullptr) {
        out_.leave_out(out_.config, "zones", option, remedy_of(option.key));
        continue;
      }
      ASSIGN_OR_RETURN(const std::int64_t seconds, option.integer(0, 268435455));
      *ttl = static_cast<std::uint32_t>(seconds);
    }
    if (ttls_.least > ttls_.most) return options->error("min_ttl is above max_ttl");
    return absl::OkStatus();
  }

  absl::Status add_zone(const std::string& path) {
    ASSIGN_OR_RETURN(GdnsdZoneFile file, read_gdnsd_zone(path, ttls_.usual));
    v1::Zone* zone = out_.config.add_zones();
    zone->Swap(&file.file.zone);
    zone->set_name(zone_name(file.apex));
    for (const std::string& warning : file.file.warnings)
      out_.leave_out(*zone, "record_sets", path, warning.substr(path.size() + 2));
    for (v1::RecordSet& set : *zone->mutable_record_sets()) {
      ASSIGN_OR_RETURN(const dns::Name owner, dns::Name::parse(set.name()));
      if (!owner.is_at_or_below(file.apex))
        return invalid_argument(path, ": ", set.name(), " is not in the zone ", file.apex.text());
      set.set_name(relative_name(owner, file.apex));
      set.set_ttl(ttls_.apply(set.ttl()));
    }
    resources_.begin_zone(*zone);
    TreeWriter writer(*zone);
    for (const GdnsdRecord& record : file.dynamic)
      RETURN_IF_ERROR(add_record(record, file.apex, *zone, writer));
    return absl::OkStatus();
  }

  absl::Status add_record(const GdnsdRecord& record, const dns::Name& apex, v1::Zone& zone,
                          TreeWriter& writer) {
    if (record.resource.starts_with("reflect")) {
      out_.leave_out(zone, "record_sets", record.place,
                     "answers that tell the client its address; use `signpost explain`");
      return absl::OkStatus();
    }
    if (record.least_ttl && *record.least_ttl < record.ttl)
      out_.leave_out(zone, "record_sets", record.place,
                     absl::StrCat("a TTL that shrinks to ", *record.least_ttl,
                                  " s while health may change; it is always ", record.ttl, " s"));
    const std::string owner = relative_name(record.owner, apex);
    const std::uint32_t ttl = ttls_.apply(record.ttl);
    if (record.may_be_cname) {
      ASSIGN_OR_RETURN(const TreePtr names,
                       resources_.tree(record.resource, record.place, dns::RRType::kCname));
      if (names != nullptr) return writer.write(*names, owner, dns::RRType::kCname, ttl);
    }
    bool any = false;
    for (const dns::RRType type : {dns::RRType::kA, dns::RRType::kAaaa}) {
      ASSIGN_OR_RETURN(const TreePtr tree, resources_.tree(record.resource, record.place, type));
      if (tree == nullptr) continue;
      any = true;
      RETURN_IF_ERROR(writer.write(*tree, owner, type, ttl));
    }
    if (any) return absl::OkStatus();
    return invalid_argument(
        record.place, ": ", record.resource,
        record.may_be_cname ? " answers nothing" : " has no addresses; only DYNC has names");
  }

  const Node& config_;
  Conversion& out_;
  GdnsdHealthChecks checks_;
  GdnsdResources resources_;
  TtlRules ttls_;
};

}  // namespace

absl::Status convert_gdnsd(const std::string& path, Conversion& out) {
  std::error_code error;
  const bool is_folder = fs::is_directory(path, error);
  const fs::path config = is_folder ? fs::path(path) / "config" : fs::path(path);
  Node root;
  root.kind = Node::Kind::kMap;
  // Without a file all of it is by default.
  if (!is_folder || fs::exists(config, error)) {
    ASSIGN_OR_RETURN(root, read_vscf(config.string()));
  }
  return Converter(root, out).run((config.parent_path() / "zones").string());
}

}  // namespace signpost::cli::convert
