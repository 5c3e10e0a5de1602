#include "control/failover_time.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "control/reply_message.h"
#include "health/detection_time.h"
#include "policy/lookup.h"
#include "server/octets.h"
#include "server/record_reader.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What a flip takes until packets see it, at most.
constexpr milliseconds kPublishing{20};
constexpr seconds kTtlAdvised{60};
constexpr std::size_t kTimesMax = 1000;

// The check that notices last, of those and the ones they are calculated from.
void find_slowest(const model::Config& config, const std::set<std::string>& ids,
                  FailoverTime& out) {
  const health::ProbeLimits limits;
  std::set<std::string> seen(ids);
  std::vector<std::string> left(ids.begin(), ids.end());
  while (!left.empty()) {
    const std::string id = left.back();
    left.pop_back();
    const model::HealthCheckPtr* check = config.health_checks.find(id);
    if (check == nullptr) continue;
    if (const auto* calculated = std::get_if<model::CalculatedCheck>(&(*check)->kind)) {
      for (const std::string& child : calculated->children)
        if (seen.insert(child).second) left.push_back(child);
    }
    const milliseconds detection = health::detection_time(**check, limits);
    const bool later = detection > out.detection || (detection == out.detection && id < out.check);
    if (detection.count() == 0 || !later) continue;
    out.detection = detection;
    out.check = id;
  }
}

std::uint32_t longest_ttl(const model::Variant& variant, const dns::Name& name, dns::RRType type) {
  const ReplyMessage message = reply_message(variant, name, type);
  const server::Octets octets = server::as_octets(message.octets);
  std::size_t at = message.records_at;
  std::uint32_t longest = 0;
  for (std::uint16_t i = 0; i < variant.ancount; ++i) {
    const std::optional<server::Record> record = server::read_record(octets, at);
    if (!record) break;
    longest = std::max(longest, record->ttl);
    at = record->end();
  }
  return longest;
}

std::uint32_t longest_ttl(const model::Answer& answer, const dns::Name& name, dns::RRType type) {
  std::uint32_t longest = 0;
  if (answer.by_locality) {
    for (const model::AnswerPtr& each : answer.by_locality->answers)
      longest = std::max(longest, longest_ttl(*each, name, type));
  }
  for (const model::Variant& variant : answer.variants)
    longest = std::max(longest, longest_ttl(variant, name, type));
  return longest;
}

// "1.5 s".
std::string seconds_text(milliseconds time) {
  return absl::StrCat(std::chrono::duration<double>(time).count(), " s");
}

// Empty unless clients keep an answer for longer than a minute, which is what Route 53 advises at
// most, and for longer than the failure takes to be noticed.
std::string ttl_warning(const FailoverTime& time) {
  if (time.ttl <= kTtlAdvised || time.ttl <= time.detection) return "";
  return absl::StrCat(time.name.text(), " ", dns::to_text(time.type),
                      ": clients keep the answer for ", time.ttl.count(),
                      " s, though health check ", time.check, " notices a failure within ",
                      seconds_text(time.detection), "; use a TTL of 60 s or less");
}

}  // namespace

std::optional<FailoverTime> failover_time(policy::WhatIf& side, const dns::Name& name,
                                          dns::RRType type) {
  FailoverTime time{name, type, {}, {}, kPublishing, {}};
  find_slowest(side.side().config, side.checks(name, type), time);
  if (time.check.empty()) return std::nullopt;
  const policy::Finding finding = policy::find(side.side().table, name, type);
  if (finding.kind != policy::FindingKind::kAnswer) return std::nullopt;
  time.ttl = seconds(longest_ttl(*finding.answer, name, type));
  return time;
}

std::vector<FailoverTime> failover_times(const policy::Side& side,
                                         const std::vector<dns::Name>& names) {
  policy::WhatIf what_if(side);
  std::vector<FailoverTime> times;
  for (const dns::Name& name : names) {
    const model::NodePtr* node = side.table.nodes.find(name);
    if (node == nullptr) continue;
    for (const auto& [type, answer] : (*node)->types)
      if (auto time = failover_time(what_if, name, type)) times.push_back(*std::move(time));
  }
  std::sort(times.begin(), times.end(), [](const FailoverTime& a, const FailoverTime& b) {
    if (a.total() != b.total()) return a.total() > b.total();
    return std::tie(a.name, a.type) < std::tie(b.name, b.type);
  });
  if (times.size() > kTimesMax) times.resize(kTimesMax);
  return times;
}

std::vector<dns::Name> owners_put(const model::ChangeBatch& batch) {
  absl::flat_hash_set<dns::Name> seen;
  std::vector<dns::Name> owners;
  for (const model::Change& change : batch.changes) {
    const auto* put = std::get_if<model::PutGroup>(&change);
    if (put == nullptr || !seen.insert(put->owner).second) continue;
    owners.push_back(put->owner);
    if (owners.size() == kTimesMax) break;
  }
  return owners;
}

void to_proto(const FailoverTime& time, v1::FailoverTime& out) {
  out.set_name(time.name.text());
  out.set_type(dns::to_text(time.type));
  out.set_health_check_id(time.check);
  out.set_detection_milliseconds(static_cast<std::uint32_t>(time.detection.count()));
  out.set_publishing_milliseconds(static_cast<std::uint32_t>(time.publishing.count()));
  out.set_ttl_seconds(static_cast<std::uint32_t>(time.ttl.count()));
  out.set_total_seconds(std::chrono::duration<double>(time.total()).count());
  out.set_warning(ttl_warning(time));
}

}  // namespace signpost::control
