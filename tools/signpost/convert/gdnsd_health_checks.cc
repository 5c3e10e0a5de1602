#include "signpost/convert/gdnsd_health_checks.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/status.h"
#include "dns/text.h"

namespace signpost::cli::convert {
namespace {

constexpr std::size_t kIdMax = 64;
constexpr std::int64_t kThresholdMax = 10;
constexpr std::int64_t kGdnsdThresholdMax = 65535;
constexpr std::int64_t kIntervalMax = 255;
constexpr std::int64_t kDefaultInterval = 10;
constexpr char kDown[] = "down";

// An address or a name as a part of an id.
std::string id_part(std::string address) {
  if (address.ends_with('.')) address.pop_back();
  return absl::StrReplaceAll(address, {{":", "-"}});
}

// A path with what is no visible ASCII as %XX (RFC 3986 section 2.1).
std::string encoded(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (dns::is_printable(c)) {
      out += c;
    } else {
      absl::StrAppend(&out, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> GdnsdHealthChecks::check(const Node* types,
                                                     const std::string& address) {
  if (types == nullptr) return std::string();
  ASSIGN_OR_RETURN(const std::vector<std::string> names, types->strings());
  std::vector<std::string> ids;
  std::vector<std::string> probed;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const std::string id, check_by(name, *types, address));
    if (id.empty() || std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    ids.push_back(id);
    probed.push_back(name);
  }
  if (ids.empty()) return std::string();
  if (ids.size() == 1) return ids.front();
  return at_least(static_cast<std::uint32_t>(ids.size()), ids,
                  absl::StrCat(absl::StrJoin(probed, "_and_"), "-", id_part(address)), *types);
}

absl::StatusOr<std::string> GdnsdHealthChecks::at_least(std::uint32_t needed,
                                                        const std::vector<std::string>& ids,
                                                        const std::string& name,
                                                        const Node& place) {
  RETURN_IF_ERROR(check_id(name, place));
  if (!made_.insert(name).second) return name;
  v1::HealthCheck* check = out_.config.add_health_checks();
  check->set_id(name);
  for (const std::string& id : ids) check->mutable_calculated()->add_child_health_checks(id);
  check->mutable_calculated()->set_health_threshold(needed);
  return name;
}

std::vector<const Node*> GdnsdHealthChecks::unused() const {
  std::vector<const Node*> found;
  if (service_types_ == nullptr) return found;
  for (const Node& type : service_types_->items)
    if (!used_.contains(&type)) found.push_back(&type);
  return found;
}

absl::StatusOr<std::string> GdnsdHealthChecks::check_by(const std::string& type, const Node& place,
                                                        const std::string& address) {
  const Node* definition = service_types_ == nullptr ? nullptr : service_types_->find(type);
  if (definition == nullptr) {
    if (type == "up" || type == "default") return std::string();
    if (type == kDown) return down();
    return place.error(absl::StrCat("the service type ", type, " is not under service_types"));
  }
  used_.insert(definition);
  const Node* plugin = definition->find("plugin");
  const Node* state = definition->find("state");
  if (plugin != nullptr && plugin->text == "null") return down();
  if (plugin != nullptr && plugin->text == "static")
    return state != nullptr && state->text == "DOWN" ? down() : std::string();
  const std::string id = absl::StrCat(type, "-", id_part(address));
  RETURN_IF_ERROR(check_id(id, place));
  if (!made_.insert(id).second) return id;
  v1::HealthCheck check;
  check.set_id(id);
  RETURN_IF_ERROR(fill(*definition, address, check));
  *out_.config.add_health_checks() = std::move(check);
  return id;
}

absl::Status GdnsdHealthChecks::fill(const Node& definition, const std::string& address,
                                     v1::HealthCheck& check) {
  ASSIGN_OR_RETURN(const Node* plugin, definition.required("plugin"));
  if (plugin->text == "http_status") {
    RETURN_IF_ERROR(set_http(definition, address, check));
  } else if (plugin->text == "tcp_connect") {
    RETURN_IF_ERROR(set_tcp(definition, address, check));
  } else if (plugin->text == "extmon") {
    RETURN_IF_ERROR(set_command(definition, address, check));
  } else {
    leave_out(*plugin, absl::StrCat("states by ", plugin->text,
                                    "; a switch stands in the place of each: let your program call "
                                    "`signpost health switch`"));
    check.mutable_recovery_control();
    return absl::OkStatus();
  }
  return set_timing(definition, check);
}

absl::Status GdnsdHealthChecks::set_http(const Node& definition, const std::string& address,
                                         v1::HealthCheck& check) {
  v1::HttpProbe* probe = check.mutable_http();
  probe->set_ip_address(address);
  if (const Node* port = definition.find("port")) {
    ASSIGN_OR_RETURN(const std::int64_t number, port->integer(1, 65535));
    probe->set_port(static_cast<std::uint32_t>(number));
  }
  if (const Node* path = definition.find("url_path")) probe->set_resource_path(encoded(path->text));
  if (const Node* host = definition.find("vhost"))
    probe->set_fully_qualified_domain_name(host->text);
  std::vector<std::string> codes = {"200"};
  if (const Node* ok = definition.find("ok_codes")) {
    ASSIGN_OR_RETURN(codes, ok->strings());
  }
  for (const std::string& code : codes) probe->add_expected_status_codes(code);
  return absl::OkStatus();
}

absl::Status GdnsdHealthChecks::set_tcp(const Node& definition, const std::string& address,
                                        v1::HealthCheck& check) {
  ASSIGN_OR_RETURN(const Node* port, definition.required("port"));
  ASSIGN_OR_RETURN(const std::int64_t number, port->integer(1, 65535));
  check.mutable_tcp()->set_ip_address(address);
  check.mutable_tcp()->set_port(static_cast<std::uint32_t>(number));
  return absl::OkStatus();
}

absl::Status GdnsdHealthChecks::set_command(const Node& definition, const std::string& address,
                                            v1::HealthCheck& check) {
  ASSIGN_OR_RETURN(const Node* command, definition.required("cmd"));
  ASSIGN_OR_RETURN(const std::vector<std::string> words, command->strings());
  if (words.empty()) return command->error("must have the name of a program");
  v1::CommandProbe* probe = check.mutable_command();
  for (const std::string& word : words)
    probe->add_command(absl::StrReplaceAll(word, {{"%%ITEM%%", address}}));
  probe->set_command(0, std::filesystem::path(words.front()).filename().string());
  leave_out(*command, absl::StrCat("the folder of ", words.front(),
                                   "; put it, or a link to it, into the folder of signpostd "
                                   "--health-commands"));
  if (const Node* direct = definition.find("direct"))
    leave_out(*direct, "every result goes through the thresholds; set rise and fall");
  const Node* timeout = definition.find("timeout");
  if (timeout == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::int64_t seconds, timeout->integer(1, 60));
  probe->set_timeout_seconds(static_cast<std::uint32_t>(seconds));
  return absl::OkStatus();
}

absl::Status GdnsdHealthChecks::set_timing(const Node& definition, v1::HealthCheck& check) {
  std::int64_t interval = kDefaultInterval;
  if (const Node* given = definition.find("interval")) {
    ASSIGN_OR_RETURN(interval, given->integer(1, kIntervalMax));
  }
  check.set_request_interval(static_cast<std::uint32_t>(interval));
  ASSIGN_OR_RETURN(const std::uint32_t rise, threshold(definition, "up_thresh", 20));
  ASSIGN_OR_RETURN(const std::uint32_t fall, threshold(definition, "down_thresh", 10));
  check.set_rise(rise);
  check.set_fall(fall);
  for (const Node* other : other_members(
           definition, {"plugin", "port", "url_path", "vhost", "ok_codes", "cmd", "direct",
                        "interval", "timeout", "up_thresh", "ok_thresh", "down_thresh"}))
    leave_out(*other, "unknown; see whether you need it");
  if (const Node* ok = definition.find("ok_thresh"))
    leave_out(*ok, "only failures in a row count here, so that any success begins anew");
  const Node* timeout = definition.find("timeout");
  if (timeout != nullptr && !check.has_command())
    leave_out(*timeout,
              "the limits of probes are fixed: 4 s to connect and 2 s to answer for "
              "HTTP, 10 s for TCP");
  return absl::OkStatus();
}

absl::StatusOr<std::uint32_t> GdnsdHealthChecks::threshold(const Node& definition, const char* name,
                                                           std::int64_t usual) {
  const Node* given = definition.find(name);
  std::int64_t count = usual;
  if (given != nullptr) {
    ASSIGN_OR_RETURN(count, given->integer(1, kGdnsdThresholdMax));
  }
  if (count > kThresholdMax)
    leave_out(given == nullptr ? definition : *given,
              absl::StrCat(name, given == nullptr ? ", by default " : " ", count, ", is above ",
                           kThresholdMax, ", which is used; for the same time raise the interval"));
  return static_cast<std::uint32_t>(std::min(count, kThresholdMax));
}

// A check that is always unhealthy.
std::string GdnsdHealthChecks::down() {
  if (!made_.insert(kDown).second) return kDown;
  v1::HealthCheck* check = out_.config.add_health_checks();
  check->set_id(kDown);
  check->mutable_recovery_control();
  check->set_disabled(true);
  check->set_inverted(true);
  return kDown;
}

absl::Status GdnsdHealthChecks::check_id(const std::string& id, const Node& place) const {
  if (id.size() <= kIdMax) return absl::OkStatus();
  return place.error(absl::StrCat("the health check ", id, " would have an id of more than ",
                                  kIdMax, " characters; shorten the names"));
}

void GdnsdHealthChecks::leave_out(const Node& what, std::string_view why) {
  out_.leave_out(out_.config, "health_checks", what, why);
}

}  // namespace signpost::cli::convert
