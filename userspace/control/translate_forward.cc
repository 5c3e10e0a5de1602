#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/describe.h"
#include "control/translate.h"
#include "model/forward_rule.h"
#include "signpost/v1/config.pb.h"
#include "upstream/server.h"

namespace signpost::control {
namespace {

constexpr std::size_t kNameMax = 64;

absl::Status check_rule_name(const std::string& name, const std::string& path) {
  const bool known_octets = std::all_of(name.begin(), name.end(), [](char octet) {
    return absl::ascii_isalnum(static_cast<unsigned char>(octet)) || octet == '-' || octet == '_' ||
           octet == '.';
  });
  if (!name.empty() && name.size() <= kNameMax && known_octets) return absl::OkStatus();
  return invalid_argument(path, ": use 1 to ", kNameMax, " letters, digits, '-', '_' and '.'");
}

absl::StatusOr<std::vector<model::Prefix>> read_clients(const v1::ForwardRule& in,
                                                        const std::string& path) {
  const auto count = static_cast<std::size_t>(in.clients_size());
  if (count == 0 || count > model::kForwardClientsMax)
    return invalid_argument(path, ": has ", count, "; use 1 to ", model::kForwardClientsMax,
                            ", or 0.0.0.0/0 and ::/0 for everybody");
  std::vector<model::Prefix> clients;
  for (int i = 0; i < in.clients_size(); ++i) {
    absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(in.clients(i));
    if (!prefix.ok()) return annotate(prefix.status(), absl::StrCat(path, "[", i, "]"));
    clients.push_back(*prefix);
  }
  std::sort(clients.begin(), clients.end());
  clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
  return clients;
}

absl::StatusOr<std::vector<model::ForwardServer>> read_servers(const v1::ForwardRule& in,
                                                               const std::string& path) {
  const auto count = static_cast<std::size_t>(in.servers_size());
  if (count == 0 || count > model::kForwardServersMax)
    return invalid_argument(path, ": has ", count, "; use 1 to ", model::kForwardServersMax);
  std::vector<model::ForwardServer> servers;
  for (int i = 0; i < in.servers_size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    const absl::StatusOr<upstream::Server> server = upstream::parse_server(in.servers(i));
    if (!server.ok()) return annotate(server.status(), at);
    const model::ForwardServer read{server->address, server->port};
    if (std::find(servers.begin(), servers.end(), read) != servers.end())
      return invalid_argument(at, ": \"", in.servers(i), "\" is there twice; remove one");
    servers.push_back(read);
  }
  return servers;
}

std::string clients_text(const std::vector<model::Prefix>& clients) {
  return absl::StrJoin(
      clients, ", ", [](std::string* out, const model::Prefix& prefix) { *out += prefix.text(); });
}

}  // namespace

absl::StatusOr<model::ForwardRulePtr> from_proto(const v1::ForwardRule& in,
                                                 const std::string& path) {
  auto out = std::make_shared<model::ForwardRule>();
  RETURN_IF_ERROR(check_rule_name(in.name(), path + ".name"));
  out->name = in.name();
  if (!in.domain().empty()) {
    const absl::StatusOr<dns::Name> domain = dns::Name::parse(in.domain());
    if (!domain.ok()) return annotate(domain.status(), path + ".domain");
    out->domain = domain->folded();
  }
  ASSIGN_OR_RETURN(out->clients, read_clients(in, path + ".clients"));
  ASSIGN_OR_RETURN(out->servers, read_servers(in, path + ".servers"));
  return out;
}

void to_proto(const model::ForwardRule& rule, v1::ForwardRule& out) {
  out.set_name(rule.name);
  out.set_domain(name_text(rule.domain));
  for (const model::Prefix& prefix : rule.clients) out.add_clients(prefix.text());
  for (const model::ForwardServer& server : rule.servers)
    out.add_servers(server_text(server.address, server.port));
}

std::string describe(const model::ForwardRule& rule) {
  return absl::StrCat(
      rule.domain.text(), " for ", clients_text(rule.clients), " to ",
      absl::StrJoin(rule.servers, ", ", [](std::string* text, const model::ForwardServer& server) {
        *text += server_text(server.address, server.port);
      }));
}

}  // namespace signpost::control
