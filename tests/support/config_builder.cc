#include "tests/support/config_builder.h"

#include <algorithm>

#include "dns/rdata.h"
#include "policy/validate.h"

namespace signpost::testing {

using dns::RRType;

dns::Name name(const std::string& text) { return dns::Name::parse_with_view(text).value(); }

std::string rdata(RRType type, const std::string& text) {
  return dns::parse_rdata(type, text, dns::Name()).value();
}

BatchBuilder& BatchBuilder::zone(const std::string& apex, model::ZoneId id, std::uint32_t serial) {
  model::Zone zone;
  zone.id = id;
  zone.apex = name(apex);
  batch_.changes.emplace_back(model::PutZone{zone});
  const std::string text = zone.apex.in(dns::NameSpace()).text();
  const std::string dot_apex = text == "." ? "." : "." + text;
  simple(apex, apex, RRType::kSoa,
         {"ns1" + dot_apex + " hostmaster" + dot_apex + " " + std::to_string(serial) +
          " 7200 900 1209600 300"},
         900);
  return simple(apex, apex, RRType::kNs, {"ns1" + dot_apex}, 3600);
}

BatchBuilder& BatchBuilder::delete_zone(const std::string& apex) {
  batch_.changes.emplace_back(model::DeleteZone{name(apex)});
  return *this;
}

BatchBuilder& BatchBuilder::simple(const std::string& apex, const std::string& owner, RRType type,
                                   const std::vector<std::string>& values, std::uint32_t ttl) {
  model::RecordGroup simple_group;
  simple_group.type = type;
  model::RecordSet set;
  set.ttl = ttl;
  for (const std::string& value : values) set.rdata.push_back(rdata(type, value));
  simple_group.sets.push_back(std::move(set));
  return group(apex, owner, std::move(simple_group));
}

BatchBuilder& BatchBuilder::group(const std::string& apex, const std::string& owner,
                                  model::RecordGroup group) {
  batch_.changes.emplace_back(
      model::PutGroup{name(apex), name(owner).folded(),
                      std::make_shared<const model::RecordGroup>(std::move(group))});
  return *this;
}

BatchBuilder& BatchBuilder::remove(const std::string& apex, const std::string& owner, RRType type) {
  batch_.changes.emplace_back(model::DeleteGroup{name(apex), name(owner).folded(), type});
  return *this;
}

BatchBuilder& BatchBuilder::check(const std::string& id) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  model::HttpProbe probe;
  probe.target.address = "192.0.2.1";
  probe.resource_path = "/health";
  check->kind = std::move(probe);
  batch_.changes.emplace_back(model::PutHealthCheck{std::move(check)});
  return *this;
}

BatchBuilder& BatchBuilder::view(const std::string& name,
                                 const std::vector<std::string>& networks) {
  auto view = std::make_shared<model::View>();
  view->space = dns::NameSpace::named(name).value();
  for (const std::string& network : networks)
    view->networks.push_back(model::Prefix::parse(network).value());
  std::sort(view->networks.begin(), view->networks.end());
  batch_.changes.emplace_back(model::PutView{std::move(view)});
  return *this;
}

BatchBuilder& BatchBuilder::delete_view(const std::string& name) {
  batch_.changes.emplace_back(model::DeleteView{name});
  return *this;
}

model::RecordSet weighted(const std::string& id, unsigned weight, const std::string& value,
                          const std::string& check, RRType type) {
  model::RecordSet set;
  set.set_identifier = id;
  set.policy = model::Weighted{static_cast<std::uint8_t>(weight)};
  set.ttl = 60;
  set.rdata = {rdata(type, value)};
  set.health_check_id = check;
  return set;
}

model::RecordSet failover(const std::string& id, model::FailoverRole role, const std::string& value,
                          const std::string& check, RRType type) {
  model::RecordSet set = weighted(id, 0, value, check, type);
  set.policy = model::Failover{role};
  return set;
}

model::RecordSet routed(const std::string& id, model::Policy policy, const std::string& value,
                        const std::string& check, dns::RRType type) {
  model::RecordSet set;
  set.set_identifier = id;
  set.policy = std::move(policy);
  set.ttl = 60;
  set.rdata = {rdata(type, value)};
  set.health_check_id = check;
  return set;
}

model::RecordSet alias(const std::string& id, model::Policy policy, const std::string& apex,
                       const std::string& target, bool evaluate_target_health,
                       const std::string& check) {
  model::RecordSet set;
  set.set_identifier = id;
  set.policy = std::move(policy);
  set.alias = model::AliasTarget{.zone_apex = name(apex),
                                 .name = name(target),
                                 .external = false,
                                 .tree = nullptr,
                                 .evaluate_target_health = evaluate_target_health};
  set.health_check_id = check;
  return set;
}

model::Config applied(const model::Config& before, const model::ChangeBatch& batch) {
  return policy::apply_batch(before, batch).value();
}

}  // namespace signpost::testing
