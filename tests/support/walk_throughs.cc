#include "tests/support/walk_throughs.h"

#include "geo/locality_map_builder.h"
#include "tests/support/config_builder.h"

namespace signpost::testing {

using dns::RRType;
using model::RecordSet;
using namespace std::string_literals;

namespace {

const char kZone[] = "example.com.";

model::Policy latency(const std::string& region) {
  return model::Latency(model::LatencyFields{region});
}
model::Policy country(const std::string& code, const std::string& subdivision = "") {
  return model::Geolocation(model::GeolocationFields{"", code, subdivision});
}
model::Policy near(const std::string& region) {
  return model::Geoproximity(model::GeoproximityFields{region, {}, 0});
}
model::Policy within(const std::string& location) {
  return model::IpBased(model::IpBasedFields{"offices", location});
}
RecordSet to(const std::string& id, const model::Policy& policy, const std::string& target,
             bool evaluate = true, const std::string& check = "") {
  return alias(id, policy, kZone, target + ".example.com.", evaluate, check);
}

class Zone {
 public:
  Zone() { builder_.zone(kZone, 1).check("good").check("bad"); }

  void add(const std::string& name, model::RecordSets sets) {
    model::RecordGroup group;
    group.type = RRType::kA;
    group.sets = std::move(sets);
    builder_.group(kZone, name + ".example.com.", std::move(group));
  }
  const model::ChangeBatch& batch() const { return builder_.batch(); }

 private:
  BatchBuilder builder_;
};

// The branches: what the aliases of the trees lead to.
void add_branches(Zone& zone) {
  zone.add("both-bad",
           {weighted("a", 1, "192.0.2.1", "bad"), weighted("b", 1, "192.0.2.2", "bad")});
  zone.add("both-good",
           {weighted("c", 1, "192.0.2.3", "good"), weighted("d", 1, "192.0.2.4", "good")});
  zone.add("unchecked", {weighted("a", 1, "192.0.2.1", "bad"), weighted("b", 1, "192.0.2.6")});
}

void add_trees(Zone& zone) {
  const auto coasts = [&](const std::string& name, const RecordSet& virginia) {
    zone.add(name, {virginia, to("apse2", latency("ap-southeast-2"), "both-good")});
  };
  coasts("t1", to("use1", latency("us-east-1"), "both-bad"));
  coasts("t2", to("use1", latency("us-east-1"), "unchecked", true, "bad"));
  coasts("t3", to("use1", latency("us-east-1"), "unchecked"));
  coasts("t4", to("use1", latency("us-east-1"), "both-bad", false));
  zone.add("t5", {weighted("a", 10, "192.0.2.11", "good"), weighted("b", 20, "192.0.2.12", "good"),
                  weighted("c", 20, "192.0.2.13", "bad")});
  const model::Policy primary = model::Failover{model::FailoverRole::kPrimary};
  const model::Policy secondary = model::Failover{model::FailoverRole::kSecondary};
  zone.add("t6", {to("p", primary, "unchecked"), to("s", secondary, "both-good")});
  zone.add("t6-down", {to("p", primary, "both-bad"), to("s", secondary, "both-good")});
}

void add_unhealthy(Zone& zone) {
  zone.add("weighted-down",
           {weighted("a", 1, "192.0.2.1", "bad"), weighted("b", 2, "192.0.2.2", "bad")});
  zone.add("latency-down", {routed("a", latency("us-east-1"), "192.0.2.1", "bad"),
                            routed("b", latency("ap-southeast-2"), "192.0.2.2", "bad")});
  zone.add("geo-down", {routed("state", country("US", "VA"), "192.0.2.1", "bad"),
                        routed("country", country("US"), "192.0.2.2", "bad"),
                        routed("default", country("*"), "192.0.2.3", "bad")});
  zone.add("near-down", {routed("a", near("us-east-1"), "192.0.2.1", "bad"),
                         routed("b", near("ap-southeast-2"), "192.0.2.2", "bad")});
  zone.add("failover-down", {failover("p", model::FailoverRole::kPrimary, "192.0.2.1", "bad"),
                             failover("s", model::FailoverRole::kSecondary, "192.0.2.2", "bad")});
  zone.add("multivalue-down", {routed("a", model::Multivalue{}, "192.0.2.1", "bad"),
                               routed("b", model::Multivalue{}, "192.0.2.2", "bad")});
  zone.add("ip-down", {routed("long", within("long"), "192.0.2.1", "bad"),
                       routed("short", within("short"), "192.0.2.2", "bad"),
                       routed("default", within("*"), "192.0.2.3", "bad")});
  zone.add("geo-nowhere", {routed("a", country("AU"), "192.0.2.1")});
  zone.add("ip-nowhere", {routed("a", within("long"), "192.0.2.1")});
}

void add_zero_weights(Zone& zone) {
  zone.add("zero", {weighted("a", 5, "192.0.2.1", "good"), weighted("b", 0, "192.0.2.2", "good")});
  zone.add("zero-only",
           {weighted("a", 5, "192.0.2.1", "bad"), weighted("b", 0, "192.0.2.2", "good"),
            weighted("c", 0, "192.0.2.3", "good"), weighted("d", 0, "192.0.2.4", "bad")});
  zone.add("all-zero",
           {weighted("a", 0, "192.0.2.1", "good"), weighted("b", 0, "192.0.2.2", "good")});
  zone.add("zero-down",
           {weighted("a", 5, "192.0.2.1", "bad"), weighted("b", 0, "192.0.2.2", "bad")});
}

model::Change place(const std::string& prefix, const model::Place& place) {
  auto over = std::make_shared<model::PlaceOverride>();
  over->prefix = model::Prefix::parse(prefix).value();
  over->place = place;
  return model::PutPlaceOverride{std::move(over)};
}

model::ChangeBatch batch() {
  Zone zone;
  add_branches(zone);
  add_trees(zone);
  add_unhealthy(zone);
  add_zero_weights(zone);
  model::ChangeBatch batch = zone.batch();
  model::Place virginia;
  virginia.continent = "NA";
  virginia.country = "US";
  virginia.subdivision = "VA";
  virginia.coordinates = model::Coordinates{38.9, -77.4};
  model::Place sydney;
  sydney.continent = "OC";
  sydney.country = "AU";
  sydney.coordinates = model::Coordinates{-33.87, 151.21};
  batch.changes.push_back(place("198.51.100.0/24", virginia));
  batch.changes.push_back(place("203.0.113.0/24", sydney));
  auto offices = std::make_shared<model::CidrCollection>();
  offices->id = offices->name = "offices";
  offices->locations = {{"long", {model::Prefix::parse("203.0.113.0/24").value()}},
                        {"short", {model::Prefix::parse("203.0.0.0/16").value()}}};
  batch.changes.emplace_back(model::PutCidrCollection{std::move(offices)});
  return batch;
}

std::string address(std::string_view octets) {
  std::string text;
  for (const char octet : octets)
    text += (text.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(octet));
  return text;
}

}  // namespace

const std::vector<WalkThrough>& walk_throughs() {
  static const auto* const all = new std::vector<WalkThrough>{
      {"t1", "virginia", 2, {{"192.0.2.3", 1}, {"192.0.2.4", 1}}},
      {"t1", "sydney", 2, {{"192.0.2.3", 1}, {"192.0.2.4", 1}}},
      {"t2", "virginia", 2, {{"192.0.2.3", 1}, {"192.0.2.4", 1}}},
      {"t3", "virginia", 2, {{"192.0.2.6", 2}}},
      {"t3", "sydney", 2, {{"192.0.2.3", 1}, {"192.0.2.4", 1}}},
      {"t4", "virginia", 2, {{"192.0.2.1", 1}, {"192.0.2.2", 1}}},
      {"t4", "sydney", 2, {{"192.0.2.3", 1}, {"192.0.2.4", 1}}},
      {"t5", "virginia", 6, {{"192.0.2.11", 2}, {"192.0.2.12", 4}}},
      {"t6", "virginia", 2, {{"192.0.2.6", 2}}},
      {"t6-down", "virginia", 2, {{"192.0.2.3", 1}, {"192.0.2.4", 1}}},
      {"weighted-down", "virginia", 3, {{"192.0.2.1", 1}, {"192.0.2.2", 2}}},
      {"latency-down", "virginia", 2, {{"192.0.2.1", 2}}},
      {"latency-down", "sydney", 2, {{"192.0.2.2", 2}}},
      {"geo-down", "virginia", 2, {{"192.0.2.1", 2}}},
      {"geo-down", "sydney", 2, {{"192.0.2.3", 2}}},
      {"near-down", "virginia", 2, {{"192.0.2.1", 2}}},
      {"near-down", "sydney", 2, {{"192.0.2.2", 2}}},
      {"failover-down", "virginia", 2, {{"192.0.2.1", 2}}},
      {"multivalue-down", "virginia", 2, {{"192.0.2.1", 2}, {"192.0.2.2", 2}}},
      {"ip-down", "sydney", 2, {{"192.0.2.1", 2}}},
      {"ip-down", "virginia", 2, {{"192.0.2.3", 2}}},
      {"geo-nowhere", "virginia", 1, {}},
      {"geo-nowhere", "sydney", 1, {{"192.0.2.1", 1}}},
      {"ip-nowhere", "virginia", 1, {}},
      {"ip-nowhere", "sydney", 1, {{"192.0.2.1", 1}}},
      {"zero", "virginia", 4, {{"192.0.2.1", 4}}},
      {"zero-only", "virginia", 4, {{"192.0.2.2", 2}, {"192.0.2.3", 2}}},
      {"all-zero", "virginia", 4, {{"192.0.2.1", 2}, {"192.0.2.2", 2}}},
      {"zero-down", "virginia", 4, {{"192.0.2.1", 4}}},
  };
  return *all;
}

policy::CompiledTable compile_walk_throughs(policy::TableCompiler& compiler) {
  const model::Config config = applied({}, batch());
  model::Observations seen;
  seen.health.set("good", model::Health::kHealthy);
  seen.health.set("bad", model::Health::kUnhealthy);
  compiler.accept(compiler.compile_localities(
      config, seen, geo::build_locality_map(nullptr, config, {}, {}).value()));
  policy::CompiledTable compiled = compiler.compile_all(config, seen);
  compiler.accept(compiled);
  return compiled;
}

std::string query_frame_of(const WalkThrough& walk) {
  const bool virginia = walk.client == "virginia";
  QueryMessage query;
  query.name = wire_name(walk.name + ".example.com");
  query.edns = Edns{.options = client_subnet(
                        1, 24, 0, virginia ? std::string("\xc6\x33\x64", 3) : "\xcb\0\x71"s)};
  return query_frame(query);
}

void count_addresses(const std::string& message, std::map<std::string, int>& addresses) {
  constexpr std::size_t kRecord = 16;  // a pointer, type, class, TTL, length, address
  const std::size_t records = static_cast<unsigned char>(message[7]);
  std::size_t at = message.find('\0', 12) + 5;
  for (std::size_t i = 0; i < records; ++i, at += kRecord)
    ++addresses[address(std::string_view(message).substr(at + kRecord - 4, 4))];
}

}  // namespace signpost::testing
