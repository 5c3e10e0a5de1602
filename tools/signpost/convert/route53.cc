#include "signpost/convert/route53.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/name.h"
#include "signpost/convert/route53_health_checks.h"
#include "signpost/convert/route53_input.h"
#include "signpost/convert/route53_record_sets.h"

namespace signpost::cli::convert {
namespace {

// The view that a private zone is put into: which networks that is for, only its VPCs know.
constexpr char kPrivateView[] = "private";

// The hosted zones that the files tell of, by apex: a public and a private one may share it.
using HostedZones = std::map<dns::Name, std::vector<const Node*>>;

std::string id_of(const Node& zone) {
  const Node* id = zone.find("Id");
  return id == nullptr ? "" : id->text;
}

absl::StatusOr<HostedZones> find_zones(const Route53Input& input) {
  HostedZones zones;
  for (const Node* zone : input.zones) {
    ASSIGN_OR_RETURN(const Node* name, zone->required("Name"));
    ASSIGN_OR_RETURN(const dns::Name apex, route53_name(*name));
    std::vector<const Node*>& same = zones[apex];
    if (!std::any_of(same.begin(), same.end(),
                     [&](const Node* each) { return id_of(*each) == id_of(*zone); }))
      same.push_back(zone);
  }
  return zones;
}

// The owner of the SOA record; without one that of the only zone of which the files tell.
absl::StatusOr<dns::Name> apex_of(const Node& record_sets, const HostedZones& zones) {
  ASSIGN_OR_RETURN(const std::vector<Node>* sets, record_sets.list());
  for (const Node& set : *sets) {
    const Node* type = set.find("Type");
    if (type == nullptr || type->text != "SOA") continue;
    ASSIGN_OR_RETURN(const Node* name, set.required("Name"));
    return route53_name(*name);
  }
  if (zones.size() == 1) return zones.begin()->first;
  return record_sets.error(
      "no SOA record tells which zone this is; give all record sets, or what `aws route53 "
      "get-hosted-zone` prints");
}

bool is_at_apex(const v1::RecordSet& set, const char* type) {
  return set.name() == "@" && set.type() == type;
}

class Converter {
 public:
  Converter(const Route53Source& source, const Route53Input& input, Conversion& out)
      : source_(source), input_(input), out_(out) {}

  absl::Status run() {
    for (const Node* check : input_.health_checks)
      RETURN_IF_ERROR(convert_health_check(*check, out_));
    for (const v1::HealthCheck& check : out_.config.health_checks())
      references_.health_checks.insert(check.id());
    RETURN_IF_ERROR(add_collections());
    RETURN_IF_ERROR(add_policies());
    ASSIGN_OR_RETURN(const HostedZones zones, find_zones(input_));
    for (const Node* record_sets : input_.record_set_lists)
      RETURN_IF_ERROR(add_zone(*record_sets, zones));
    return absl::OkStatus();
  }

 private:
  // The collection that the blocks of a file belong to: Route 53 does not print it with them.
  absl::StatusOr<std::string> collection_of(const Node& blocks) const {
    const std::string stem = std::filesystem::path(*blocks.file).stem().string();
    for (const Node* collection : input_.collections) {
      const Node* id = collection->find("Id");
      const bool is_only = input_.collections.size() == 1 && input_.cidr_block_lists.size() == 1;
      if (id != nullptr && (is_only || id->text == stem)) return id->text;
    }
    if (input_.collections.empty()) return stem;
    return blocks.error(
        "which collection's blocks these are is not printed with them; name the file as the "
        "collection's id, and .json");
  }

  absl::Status add_collections() {
    std::map<std::string, v1::CidrCollection*> made;
    for (const Node* list : input_.cidr_block_lists) {
      ASSIGN_OR_RETURN(const std::string id, collection_of(*list));
      v1::CidrCollection*& collection = made[id];
      if (collection == nullptr) collection = out_.config.add_cidr_collections();
      collection->set_id(id);
      RETURN_IF_ERROR(add_blocks(*list, *collection));
    }
    for (const Node* node : input_.collections) {
      ASSIGN_OR_RETURN(const Node* id, node->required("Id"));
      const auto at = made.find(id->text);
      const Node* name = node->find("Name");
      if (at != made.end() && name != nullptr) at->second->set_name(name->text);
      if (at == made.end())
        out_.leave_out(out_.config, "cidr_collections", *id,
                       absl::StrCat("its blocks are in none of the files; add what `aws route53 "
                                    "list-cidr-blocks --collection-id ",
                                    id->text, "` prints, as ", id->text, ".json"));
    }
    return absl::OkStatus();
  }

  absl::Status add_blocks(const Node& list, v1::CidrCollection& collection) {
    ASSIGN_OR_RETURN(const std::vector<Node>* blocks, list.list());
    std::map<std::string, v1::CidrLocation*> locations;
    std::set<std::string>& names = references_.collections[collection.id()];
    for (const Node& block : *blocks) {
      ASSIGN_OR_RETURN(const Node* location, block.required("LocationName"));
      ASSIGN_OR_RETURN(const Node* prefix, block.required("CidrBlock"));
      v1::CidrLocation*& at = locations[location->text];
      if (at == nullptr) at = collection.add_locations();
      at->set_name(location->text);
      at->add_cidr_blocks(prefix->text);
      names.insert(location->text);
    }
    return absl::OkStatus();
  }

  absl::Status add_policies() {
    for (const Route53Policy& policy : input_.policies) {
      v1::TrafficPolicy* out = out_.config.add_traffic_policies();
      out->set_id(policy.id);
      out->set_version(static_cast<std::uint32_t>(policy.version));
      out->set_name(policy.name);
      out->set_comment(policy.comment);
      out->set_document(policy.document);
      references_.policies.emplace(policy.id, policy.version);
    }
    for (const Node* instance : input_.policy_instances) {
      ASSIGN_OR_RETURN(const Node* id, instance->required("Id"));
      references_.policy_instances[id->text] = instance;
    }
    return absl::OkStatus();
  }

  absl::Status add_zone(const Node& record_sets, const HostedZones& zones) {
    ASSIGN_OR_RETURN(const dns::Name apex, apex_of(record_sets, zones));
    const auto told = zones.find(apex);
    const bool is_told_twice = told != zones.end() && told->second.size() > 1;
    if (!seen_.insert(apex).second || is_told_twice)
      return record_sets.error(absl::StrCat("there are two zones ", apex.text(),
                                            " in the files; convert them one by one"));
    v1::Zone* zone = out_.config.add_zones();
    zone->set_name(zone_name(apex));
    if (told != zones.end()) describe(*told->second.front(), *zone);
    for (const std::string& server : source_.name_servers) zone->add_name_servers(server);
    ASSIGN_OR_RETURN(const std::vector<Node>* sets, record_sets.list());
    for (const Node& set : *sets) RETURN_IF_ERROR(add_record_set(set, apex, *zone));
    return absl::OkStatus();
  }

  void describe(const Node& hosted_zone, v1::Zone& zone) {
    const Node* config = hosted_zone.find("Config");
    if (config == nullptr) return;
    if (const Node* comment = config->find("Comment")) zone.set_comment(comment->text);
    const Node* is_private = config->find("PrivateZone");
    if (is_private == nullptr || is_private->text != "true") return;
    zone.set_name(absl::StrCat(zone.name(), "@", kPrivateView));
    out_.leave_out(zone, "record_sets", *is_private,
                   absl::StrCat("which networks see the zone; define the view ", kPrivateView,
                                " with those of its VPCs"));
  }

  absl::Status add_record_set(const Node& in, const dns::Name& apex, v1::Zone& zone) {
    RETURN_IF_ERROR(convert_record_set(in, apex, references_, zone, out_));
    const int last = zone.record_sets_size() - 1;
    const bool is_ns = is_at_apex(zone.record_sets(last), "NS");
    if (!is_ns && !is_at_apex(zone.record_sets(last), "SOA")) return absl::OkStatus();
    if (!source_.name_servers.empty()) {
      zone.mutable_record_sets()->RemoveLast();
    } else if (is_ns) {
      out_.leave_out(zone, "record_sets", in,
                     "the NS and SOA records name Route 53's servers; give yours by "
                     "--name-server");
    }
    return absl::OkStatus();
  }

  const Route53Source& source_;
  const Route53Input& input_;
  Conversion& out_;
  Route53References references_;
  std::set<dns::Name> seen_;
};

}  // namespace

absl::Status convert_route53(const Route53Source& source, Conversion& out) {
  ASSIGN_OR_RETURN(const Route53Input input, read_route53(source.files));
  return Converter(source, input, out).run();
}

}  // namespace signpost::cli::convert
