#include "control/translate.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "control/translate_policy.h"
#include "dns/rdata.h"
#include "signpost/v1/config.pb.h"
#include "upstream/server.h"

namespace signpost::control {
namespace {

constexpr std::uint32_t kDefaultTtl = 300;
constexpr std::uint32_t kTtlMax = 2147483647;  // RFC 2181 section 8
constexpr int kRecordsMax = 400;               // route53-semantics 3.4
constexpr std::size_t kSetIdentifierMax = 128;
constexpr std::uint32_t kPolicyVersionMax = 1000;
// What hosted_zone_id is given where the target is in no zone held.
constexpr const char* kExternal = "external";

// A refusal of the field `field` of what `path` names.
template <typename... Parts>
absl::Status refuse(const std::string& path, std::string_view field, const Parts&... what) {
  return invalid_argument(path, ".", std::string(field), ": ", what...);
}

absl::Status check_set_identifier(const v1::RecordSet& in, bool simple, const std::string& path) {
  const std::string& identifier = in.set_identifier();
  if (simple && !identifier.empty()) {
    return refuse(path, "set_identifier",
                  "is only allowed with a routing policy; remove it, or add for example weighted");
  }
  if (!simple && identifier.empty()) {
    return refuse(path, "set_identifier",
                  "is missing; record sets with a routing policy need one, unique among those of "
                  "the same name and type");
  }
  if (identifier.size() > kSetIdentifierMax) {
    return refuse(path, "set_identifier", "has ", identifier.size(), " characters; use 1 to 128");
  }
  const bool printable = std::all_of(identifier.begin(), identifier.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  if (!printable) return refuse(path, "set_identifier", "holds control characters");
  return absl::OkStatus();
}

absl::StatusOr<dns::Name> read_owner(const v1::RecordSet& in, const dns::Name& apex,
                                     const std::string& path) {
  if (in.name().empty()) return refuse(path, "name", "is missing; use \"@\" for the zone apex");
  absl::StatusOr<dns::Name> name = dns::Name::parse(in.name(), apex);
  if (!name.ok()) return annotate(name.status(), absl::StrCat(path, ".name"));
  if (!name->is_at_or_below(apex)) {
    return refuse(path, "name", "RRSet with DNS name ", name->text(), " is not permitted in zone ",
                  apex.text());
  }
  return name->folded();
}

absl::StatusOr<dns::RRType> read_type(const v1::RecordSet& in, const std::string& path) {
  if (in.type().empty()) return refuse(path, "type", "is missing; use for example A");
  const std::optional<dns::RRType> type = dns::parse_rr_type(in.type());
  if (!type) {
    return refuse(path, "type", "\"", in.type(),
                  "\" is not a record type; use a mnemonic such as AAAA, or TYPE65280");
  }
  if (dns::is_meta_type(*type) || *type == dns::RRType{0}) {
    return refuse(path, "type", dns::to_text(*type), " can't be stored: it exists in queries only");
  }
  return *type;
}

absl::Status read_records(const v1::RecordSet& in, dns::RRType type, const dns::Name& apex,
                          const std::string& path, model::RdataList& out) {
  if (in.records_size() == 0) return refuse(path, "records", "is empty; give at least one value");
  if (in.records_size() > kRecordsMax) {
    return refuse(path, "records", "Cannot have more than 400 records in a RRSet.");
  }
  out.reserve(static_cast<std::size_t>(in.records_size()));
  for (int i = 0; i < in.records_size(); ++i) {
    absl::StatusOr<std::string> rdata = dns::parse_rdata(type, in.records(i), apex);
    if (!rdata.ok()) return annotate(rdata.status(), absl::StrCat(path, ".records[", i, "]"));
    if (std::find(out.begin(), out.end(), *rdata) != out.end()) {
      return refuse(path, absl::StrCat("records[", i, "]"), "Duplicate Resource Record: '",
                    in.records(i), "'");
    }
    out.push_back(*std::move(rdata));
  }
  return absl::OkStatus();
}

// The zone is looked for when all zones are known.
absl::StatusOr<model::AliasTarget> read_alias(const v1::RecordSet& in, const dns::Name& apex,
                                              const std::string& path) {
  const v1::AliasTarget& target = in.alias_target();
  if (in.has_ttl()) {
    return refuse(path, "ttl", "is not allowed with alias_target; its target's counts");
  }
  if (target.dns_name().empty()) {
    return refuse(path, "alias_target.dns_name", "is missing; use the name of the target");
  }
  model::AliasTarget out;
  absl::StatusOr<dns::Name> name = dns::Name::parse(target.dns_name(), apex);
  if (!name.ok()) return annotate(name.status(), path + ".alias_target.dns_name");
  out.name = name->folded();
  out.evaluate_target_health = target.evaluate_target_health();
  if (target.hosted_zone_id().empty()) return out;
  const absl::StatusOr<dns::Name> zone = dns::Name::parse_with_view(target.hosted_zone_id());
  if (zone.ok() && !zone->is_root()) {
    out.zone_apex = zone->folded();
    out.name = out.name.in(zone->name_space());
  } else {
    out.external = true;
    out.name = out.name.in(dns::NameSpace());
  }
  return out;
}

absl::Status read_values(const v1::RecordSet& in, const dns::Name& apex, const std::string& path,
                         OwnedRecordSet& out) {
  if (in.has_alias_target()) {
    if (in.records_size() != 0) {
      return invalid_argument(path,
                              ": Expected exactly one of [alias_target, records, or "
                              "traffic_policy_instance], but found more than one");
    }
    ASSIGN_OR_RETURN(model::AliasTarget target, read_alias(in, apex, path));
    out.set.alias = std::move(target);
    return absl::OkStatus();
  }
  out.set.ttl = in.has_ttl() ? in.ttl() : kDefaultTtl;
  return read_records(in, out.type, apex, path, out.set.rdata);
}

absl::StatusOr<model::TrafficPolicyInstance> read_instance(const v1::RecordSet& in,
                                                           const std::string& path) {
  const v1::TrafficPolicyInstance& instance = in.traffic_policy_instance();
  if (in.records_size() != 0 || in.has_alias_target()) {
    return invalid_argument(path,
                            ": Expected exactly one of [alias_target, records, or "
                            "traffic_policy_instance], but found more than one");
  }
  const bool routed = in.policy_case() != v1::RecordSet::POLICY_NOT_SET &&
                      in.policy_case() != v1::RecordSet::kSimple;
  if (routed || !in.set_identifier().empty() || !in.health_check_id().empty() || in.last_resort()) {
    return refuse(path, "traffic_policy_instance",
                  "is the only record set of its name and type; policies, set_identifier, "
                  "health_check_id and last_resort belong into the traffic policy");
  }
  if (instance.policy().empty()) {
    return refuse(path, "traffic_policy_instance.policy",
                  "is missing; use the id of one of traffic_policies");
  }
  if (instance.version() == 0 || instance.version() > kPolicyVersionMax) {
    return refuse(path, "traffic_policy_instance.version", instance.version(),
                  " is not allowed; use 1 to 1000");
  }
  return model::TrafficPolicyInstance{instance.policy(), instance.version(),
                                      in.has_ttl() ? in.ttl() : kDefaultTtl};
}

absl::StatusOr<model::RingMode> read_distribution(const v1::RecordSet& in,
                                                  const std::string& path) {
  switch (in.distribution()) {
    case v1::DISTRIBUTION_UNSPECIFIED:
    case v1::DISTRIBUTION_EXACT:
      return model::RingMode::kExact;
    case v1::DISTRIBUTION_RANDOM:
      return model::RingMode::kRandom;
    case v1::DISTRIBUTION_STICKY:
      return model::RingMode::kSticky;
    default:
      return refuse(path, "distribution",
                    "is unknown; use DISTRIBUTION_EXACT, "
                    "DISTRIBUTION_RANDOM or DISTRIBUTION_STICKY");
  }
}

absl::StatusOr<model::FailMode> read_fail_mode(const v1::RecordSet& in, const std::string& path) {
  switch (in.fail_mode()) {
    case v1::FAIL_MODE_UNSPECIFIED:
    case v1::FAIL_MODE_OPEN:
      return model::FailMode::kOpen;
    case v1::FAIL_MODE_CLOSED:
      return model::FailMode::kClosed;
    default:
      return refuse(path, "fail_mode", "is unknown; use FAIL_MODE_OPEN or FAIL_MODE_CLOSED");
  }
}

// A simple set answers whatever its health is.
absl::Status check_fallback(const v1::RecordSet& in, const std::string& path) {
  if (in.fail_mode() == v1::FAIL_MODE_CLOSED)
    return refuse(path, "fail_mode",
                  "is of no use with the simple policy, which does not look at health; use another "
                  "policy, such as weighted or failover");
  if (in.last_resort())
    return refuse(
        path, "last_resort",
        "is of no use with the simple policy, which has one set; use another policy, such "
        "as weighted or failover");
  return absl::OkStatus();
}

v1::Distribution to_proto(model::RingMode mode) {
  switch (mode) {
    case model::RingMode::kExact:
      return v1::DISTRIBUTION_UNSPECIFIED;  // the default is left out
    case model::RingMode::kRandom:
      return v1::DISTRIBUTION_RANDOM;
    case model::RingMode::kSticky:
      return v1::DISTRIBUTION_STICKY;
  }
  return v1::DISTRIBUTION_UNSPECIFIED;
}

}  // namespace

absl::Status check_health_check_id(std::string_view id, const std::string& path) {
  constexpr std::size_t kIdMax = 64;
  const bool allowed = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!allowed || id.empty() || id.size() > kIdMax) {
    return invalid_argument(path, ": \"", std::string(id),
                            "\" is not a health check id; use 1 to 64 letters, digits, '-', '_' "
                            "and '.'");
  }
  return absl::OkStatus();
}

absl::Status check_secret_file(const std::string& name, const std::string& path) {
  constexpr std::size_t kFileNameMax = 255;
  const bool allowed = name.size() <= kFileNameMax && !name.starts_with('.') &&
                       name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
  if (allowed) return absl::OkStatus();
  return invalid_argument(path, ": \"", name,
                          "\" is not allowed; use the name of a file in the folder of signpostd "
                          "--secrets");
}

absl::StatusOr<OwnedRecordSet> from_proto(const v1::RecordSet& in, const dns::Name& apex,
                                          const std::string& path) {
  OwnedRecordSet out;
  ASSIGN_OR_RETURN(out.owner, read_owner(in, apex, path));
  ASSIGN_OR_RETURN(out.type, read_type(in, path));
  if (in.ttl() > kTtlMax) {
    return refuse(path, "ttl", in.ttl(), " is not allowed; use 0 to 2147483647");
  }
  ASSIGN_OR_RETURN(out.ring_mode, read_distribution(in, path));
  ASSIGN_OR_RETURN(out.fail_mode, read_fail_mode(in, path));
  if (in.has_traffic_policy_instance()) {
    ASSIGN_OR_RETURN(model::TrafficPolicyInstance instance, read_instance(in, path));
    out.instance = std::move(instance);
    return out;
  }
  ASSIGN_OR_RETURN(out.set.policy, read_policy(in, path));
  const bool simple = std::holds_alternative<model::Simple>(out.set.policy);
  if (simple) RETURN_IF_ERROR(check_fallback(in, path));
  RETURN_IF_ERROR(check_set_identifier(in, simple, path));
  out.set.set_identifier = in.set_identifier();
  out.set.last_resort = in.last_resort();
  RETURN_IF_ERROR(read_values(in, apex, path, out));
  if (!in.health_check_id().empty()) {
    RETURN_IF_ERROR(
        check_health_check_id(in.health_check_id(), absl::StrCat(path, ".health_check_id")));
    out.set.health_check_id = in.health_check_id();
  }
  return out;
}

bool insert_set(model::RecordGroup& group, model::RecordSet set) {
  auto at = std::lower_bound(
      group.sets.begin(), group.sets.end(), set.set_identifier,
      [](const model::RecordSet& a, const std::string& b) { return a.set_identifier < b; });
  if (at != group.sets.end() && at->set_identifier == set.set_identifier) return false;
  group.sets.insert(at, std::move(set));
  return true;
}

std::string relative_name(const dns::Name& owner, const dns::Name& apex) {
  if (owner == apex) return "@";
  std::string text = owner.text();
  // The root's text is the trailing dot alone; other apexes follow a dot.
  const std::size_t apex_length = apex.text().size() + (apex.is_root() ? 0 : 1);
  text.resize(text.size() - apex_length);
  return text;
}

std::string name_text(const dns::Name& name) {
  std::string text = name.text();
  if (text.size() > 1) text.pop_back();
  return text;
}

std::string server_text(const std::string& address, std::uint16_t port) {
  return port == model::kDnsPort ? address : upstream::to_text({address, port});
}

void to_proto(const model::RecordGroup& group, std::size_t index, const dns::Name& owner,
              const dns::Name& apex, v1::RecordSet& out) {
  out.set_name(relative_name(owner, apex));
  out.set_type(dns::to_text(group.type));
  out.set_distribution(to_proto(group.ring_mode));
  // The default is left out.
  if (group.fail_mode == model::FailMode::kClosed) out.set_fail_mode(v1::FAIL_MODE_CLOSED);
  if (group.instance) {
    out.set_ttl(group.instance->ttl);
    out.mutable_traffic_policy_instance()->set_policy(group.instance->policy);
    out.mutable_traffic_policy_instance()->set_version(group.instance->version);
    return;
  }
  const model::RecordSet& set = group.sets[index];
  if (set.alias) {
    v1::AliasTarget& target = *out.mutable_alias_target();
    target.set_dns_name(set.alias->name.in(dns::NameSpace()).text());
    target.set_evaluate_target_health(set.alias->evaluate_target_health);
    if (set.alias->external) {
      target.set_hosted_zone_id(kExternal);
    } else if (set.alias->zone_apex != apex) {
      target.set_hosted_zone_id(set.alias->zone_apex.text());
    }
  } else {
    out.set_ttl(set.ttl);
  }
  for (const std::string& rdata : set.rdata) out.add_records(dns::format_rdata(group.type, rdata));
  out.set_set_identifier(set.set_identifier);
  out.set_last_resort(set.last_resort);
  out.set_health_check_id(set.health_check_id);
  if (!std::holds_alternative<model::Simple>(set.policy)) {
    std::visit(PolicyWriter(out), set.policy);
  }
}

}  // namespace signpost::control
