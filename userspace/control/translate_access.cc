#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/describe.h"
#include "control/translate.h"
#include "model/secondary_zone.h"
#include "model/zone_access.h"
#include "signpost/v1/config.pb.h"
#include "upstream/server.h"

namespace signpost::control {
namespace {

constexpr int kRulesMax = 64;
constexpr int kTargetsMax = 16;
constexpr int kPrimariesMax = 16;
constexpr std::uint32_t kMebibytesDefault = 128;
constexpr std::uint32_t kMebibytesMax = 4096;

// The first of two for the same is what is written.
constexpr std::array kAlgorithms{
    std::pair(v1::TSIG_ALGORITHM_UNSPECIFIED, dns::TsigAlgorithm::kHmacSha256),
    std::pair(v1::HMAC_SHA256, dns::TsigAlgorithm::kHmacSha256),
    std::pair(v1::HMAC_SHA384, dns::TsigAlgorithm::kHmacSha384),
    std::pair(v1::HMAC_SHA512, dns::TsigAlgorithm::kHmacSha512)};
constexpr std::array kPolicyRecords{
    std::pair(v1::POLICY_RECORDS_UNSPECIFIED, model::PolicyRecords::kRefuse),
    std::pair(v1::POLICY_RECORDS_REFUSE, model::PolicyRecords::kRefuse),
    std::pair(v1::POLICY_RECORDS_FIRST_CHOICE, model::PolicyRecords::kFirstChoice)};

template <typename Pairs, typename Value>
auto value_of(const Pairs& pairs, Value value, const std::string& path)
    -> absl::StatusOr<decltype(pairs.front().second)> {
  for (const auto& [written, meant] : pairs)
    if (written == value) return meant;
  return invalid_argument(path, ": ", static_cast<int>(value), " is not known");
}

template <typename Pairs, typename Value>
auto written_of(const Pairs& pairs, Value value) {
  return std::find_if(pairs.begin(), pairs.end(),
                      [&](const auto& pair) { return pair.second == value; })
      ->first;
}

absl::StatusOr<dns::Name> read_name(const std::string& text, const std::string& path) {
  const absl::StatusOr<dns::Name> name = dns::Name::parse(text);
  if (!name.ok()) return annotate(name.status(), path);
  return name->folded();
}

absl::StatusOr<std::optional<dns::Name>> read_optional_name(const std::string& text,
                                                            const std::string& path) {
  if (text.empty()) return std::optional<dns::Name>();
  ASSIGN_OR_RETURN(dns::Name name, read_name(text, path));
  return std::optional(std::move(name));
}

absl::StatusOr<model::AccessRule> read(const v1::AccessRule& in, const std::string& path) {
  model::AccessRule out;
  if (in.prefix().empty() && in.key().empty())
    return invalid_argument(path,
                            ": has neither prefix nor key; give one, or 0.0.0.0/0 and ::/0 "
                            "for everybody");
  if (!in.prefix().empty()) {
    const absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(in.prefix());
    if (!prefix.ok()) return annotate(prefix.status(), path + ".prefix");
    out.prefix = *prefix;
  }
  ASSIGN_OR_RETURN(out.key, read_optional_name(in.key(), path + ".key"));
  out.tls = in.tls();
  return out;
}

template <typename Out, typename In>
absl::StatusOr<Out> read_server(const In& in, const std::string& path) {
  const absl::StatusOr<upstream::Server> server = upstream::parse_server(in.address());
  if (!server.ok()) return annotate(server.status(), path + ".address");
  Out out{server->address, server->port, {}};
  ASSIGN_OR_RETURN(out.key, read_optional_name(in.key(), path + ".key"));
  return out;
}

absl::StatusOr<model::NotifyTarget> read(const v1::NotifyTarget& in, const std::string& path) {
  return read_server<model::NotifyTarget>(in, path);
}

absl::StatusOr<model::Primary> read(const v1::Primary& in, const std::string& path) {
  return read_server<model::Primary>(in, path);
}

template <typename List, typename Value>
absl::Status read_list(const List& in, int most, const std::string& path, std::vector<Value>& out) {
  if (in.size() > most) return invalid_argument(path, ": has ", in.size(), "; use at most ", most);
  for (int i = 0; i < in.size(); ++i) {
    ASSIGN_OR_RETURN(Value value, read(in[i], absl::StrCat(path, "[", i, "]")));
    out.push_back(std::move(value));
  }
  return absl::OkStatus();
}

template <typename Server, typename Out>
void write_server(const Server& server, Out& out) {
  out.set_address(server_text(server.address, server.port));
  if (server.key) out.set_key(name_text(*server.key));
}

template <typename Server>
std::string describe_server(const Server& server) {
  return absl::StrCat(server_text(server.address, server.port),
                      server.key ? " by key " + server.key->text() : "");
}

void write(const model::AccessRule& rule, v1::AccessRule& out) {
  if (rule.prefix) out.set_prefix(rule.prefix->text());
  if (rule.key) out.set_key(name_text(*rule.key));
  out.set_tls(rule.tls);
}

std::string describe(const model::AccessRule& rule) {
  std::string text = rule.prefix ? absl::StrCat("from ", rule.prefix->text()) : "";
  if (rule.key) absl::StrAppend(&text, text.empty() ? "" : " ", "by key ", rule.key->text());
  if (rule.tls) absl::StrAppend(&text, " over TLS");
  return text;
}

}  // namespace

absl::StatusOr<model::TsigKeyPtr> from_proto(const v1::TsigKey& in, const std::string& path) {
  if (in.name().empty())
    return invalid_argument(path, ".name: is missing; use a domain name, for example xfr.example");
  auto out = std::make_shared<model::TsigKey>();
  ASSIGN_OR_RETURN(out->name, read_name(in.name(), path + ".name"));
  ASSIGN_OR_RETURN(out->algorithm, value_of(kAlgorithms, in.algorithm(), path + ".algorithm"));
  out->secret = in.secret().empty() ? name_text(out->name) : in.secret();
  RETURN_IF_ERROR(check_secret_file(out->secret, path + ".secret"));
  return out;
}

void to_proto(const model::TsigKey& key, v1::TsigKey& out) {
  out.set_name(name_text(key.name));
  out.set_algorithm(written_of(kAlgorithms, key.algorithm));
  if (key.secret != out.name()) out.set_secret(key.secret);
}

std::string describe(const model::TsigKey& key) {
  return absl::StrCat(std::string(dns::to_text(key.algorithm)), ", secret in ", key.secret);
}

absl::StatusOr<model::ZoneAccessPtr> from_proto(const v1::ZoneAccess& in, const std::string& path) {
  auto out = std::make_shared<model::ZoneAccess>();
  ASSIGN_OR_RETURN(out->zone, read_optional_name(in.zone(), path + ".zone"));
  RETURN_IF_ERROR(read_list(in.transfer(), kRulesMax, path + ".transfer", out->transfer));
  RETURN_IF_ERROR(read_list(in.update(), kRulesMax, path + ".update", out->update));
  for (std::size_t i = 0; i < out->update.size(); ++i) {
    if (!out->update[i].key)
      return invalid_argument(path, ".update[", i,
                              "].key: is missing; addresses can be forged, so "
                              "that every update has to be signed");
  }
  RETURN_IF_ERROR(read_list(in.notify(), kTargetsMax, path + ".notify", out->notify));
  ASSIGN_OR_RETURN(out->policy_records,
                   value_of(kPolicyRecords, in.policy_records(), path + ".policy_records"));
  return out;
}

void to_proto(const model::ZoneAccess& access, v1::ZoneAccess& out) {
  if (access.zone) out.set_zone(name_text(*access.zone));
  for (const model::AccessRule& rule : access.transfer) write(rule, *out.add_transfer());
  for (const model::AccessRule& rule : access.update) write(rule, *out.add_update());
  for (const model::NotifyTarget& target : access.notify) write_server(target, *out.add_notify());
  out.set_policy_records(written_of(kPolicyRecords, access.policy_records));
}

std::string describe(const model::ZoneAccess& access) {
  std::vector<std::string> parts;
  for (const model::AccessRule& rule : access.transfer) parts.push_back("copies " + describe(rule));
  for (const model::AccessRule& rule : access.update) parts.push_back("updates " + describe(rule));
  for (const model::NotifyTarget& target : access.notify)
    parts.push_back("NOTIFY to " + describe_server(target));
  if (access.policy_records == model::PolicyRecords::kFirstChoice)
    parts.push_back("policy records by first choice");
  return parts.empty() ? "nothing" : absl::StrJoin(parts, "; ");
}

absl::StatusOr<model::SecondaryZonePtr> from_proto(const v1::SecondaryZone& in,
                                                   const std::string& path) {
  if (in.name().empty())
    return invalid_argument(path, ".name: is missing; use for example example.com");
  auto out = std::make_shared<model::SecondaryZone>();
  ASSIGN_OR_RETURN(out->zone, read_name(in.name(), path + ".name"));
  if (in.primaries().empty())
    return invalid_argument(path, ".primaries: is missing; name a server to copy the zone from");
  RETURN_IF_ERROR(read_list(in.primaries(), kPrimariesMax, path + ".primaries", out->primaries));
  out->max_mebibytes = in.max_mebibytes() == 0 ? kMebibytesDefault : in.max_mebibytes();
  if (out->max_mebibytes > kMebibytesMax)
    return invalid_argument(path, ".max_mebibytes: ", in.max_mebibytes(), " is above ",
                            kMebibytesMax);
  return out;
}

void to_proto(const model::SecondaryZone& secondary, v1::SecondaryZone& out) {
  out.set_name(name_text(secondary.zone));
  for (const model::Primary& primary : secondary.primaries)
    write_server(primary, *out.add_primaries());
  if (secondary.max_mebibytes != kMebibytesDefault) out.set_max_mebibytes(secondary.max_mebibytes);
}

std::string describe(const model::SecondaryZone& secondary) {
  std::vector<std::string> parts;
  for (const model::Primary& primary : secondary.primaries)
    parts.push_back("from " + describe_server(primary));
  parts.push_back(absl::StrCat("at most ", secondary.max_mebibytes, " MiB"));
  return absl::StrJoin(parts, "; ");
}

}  // namespace signpost::control
