// Small configurations for the tests of control/.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/delta.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "model/change.h"
#include "model/config.h"

namespace signpost::control {

inline dns::Name name(const std::string& text) { return dns::Name::parse_with_view(text).value(); }

// A folder that vanishes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "signpost-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& file) const { return path_ + "/" + file; }

 private:
  std::string path_;
};

inline model::RecordGroupPtr simple(dns::RRType type, std::uint32_t ttl,
                                    const std::vector<std::string>& records) {
  auto group = std::make_shared<model::RecordGroup>();
  group->type = type;
  model::RecordSet& set = group->sets.emplace_back();
  set.ttl = ttl;
  for (const std::string& text : records) {
    set.rdata.push_back(dns::parse_rdata(type, text, name("example.com.")).value());
  }
  return group;
}

// Two sets, each with a check of its own.
inline model::RecordGroupPtr failover(const std::string& primary, const std::string& secondary) {
  auto group = std::make_shared<model::RecordGroup>();
  group->type = dns::RRType::kA;
  for (const auto& [identifier, address, role] :
       {std::tuple("one", primary, model::FailoverRole::kPrimary),
        std::tuple("two", secondary, model::FailoverRole::kSecondary)}) {
    model::RecordSet& set = group->sets.emplace_back();
    set.set_identifier = identifier;
    set.policy = model::Failover{role};
    set.ttl = 60;
    set.rdata.push_back(dns::parse_rdata(dns::RRType::kA, address, dns::Name()).value());
    set.health_check_id = std::string("check-") + identifier;
  }
  return group;
}

inline model::HealthCheckPtr check(const std::string& id) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  model::HttpProbe probe;
  probe.target.address = "192.0.2.1";
  probe.resource_path = "/health";
  check->kind = std::move(probe);
  return check;
}

inline model::PutZone put_zone(const std::string& apex, model::ZoneId id = 0) {
  model::PutZone put;
  put.zone.id = id;
  put.zone.apex = name(apex);
  return put;
}

inline model::PutGroup put(const std::string& apex, const std::string& owner,
                           model::RecordGroupPtr group) {
  return {name(apex), name(owner), std::move(group)};
}

// The zone with what each zone has to have.
inline model::ChangeBatch zone_batch(const std::string& apex) {
  model::ChangeBatch batch;
  batch.author = "tester";
  batch.changes.push_back(put_zone(apex));
  batch.changes.push_back(
      put(apex, apex,
          simple(dns::RRType::kSoa, 900,
                 {"ns1.example.net. hostmaster.example.net. 5 7200 900 1209600 300"})));
  batch.changes.push_back(put(apex, apex, simple(dns::RRType::kNs, 172800, {"ns1.example.net."})));
  return batch;
}

}  // namespace signpost::control
