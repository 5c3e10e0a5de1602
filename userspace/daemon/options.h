// What signpostd is told by flags and by its configuration file; both have the same names.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "control/access/role_rules.h"
#include "control/access/tls_port.h"
#include "control/store.h"
#include "upstream/server.h"

namespace signpost::daemon {

enum class Mode { kAuto, kNative, kGeneric, kUserspace };

struct Options {
  std::vector<std::string> interfaces;  // none: userspace mode
  std::vector<std::string> listen;
  std::uint16_t port = 53;
  std::string tls_certificate;  // a file; empty: no DNS over TLS
  std::string tls_key;          // likewise
  std::uint16_t tls_port = 853;
  std::string data = "/var/lib/signpost";
  std::uint64_t history = control::StoreOptions{}.history_kept;  // changes; 0: all
  std::string control_socket = "/run/signpost/control.sock";
  std::string control_group;     // whose members may connect; empty: the daemon's
  control::TlsPortOptions grpc;  // no address: no such port
  control::RoleOptions roles;
  std::string audit_log;                   // empty: the log
  std::string http_address = "127.0.0.1";  // empty: no HTTP endpoint
  std::uint16_t http_port = 9153;
  unsigned threads = 1;
  std::uint32_t max_nodes = 0;
  std::uint32_t max_cells = 0;
  std::uint32_t max_locality_cells = 0;   // 0: what the geographic data need
  std::uint32_t max_localities = 0;       // likewise
  std::vector<std::string> geo_data;      // MMDB files
  std::string latency_table;              // empty: none
  unsigned geo_max_age_days = 35;         // 0: any age is fine
  unsigned geo_max_unknown_percent = 10;  // 0: any share is fine
  std::vector<upstream::Server> resolvers;
  std::string health_commands = "/etc/signpost/health";  // the folder of external commands
  std::string secrets = "/etc/signpost/secrets";         // the folder of keys
  std::vector<std::string> reference_checks;             // ids
  unsigned blind_at_most_seconds = 30;
  std::string dnstap;                 // the path of a unix socket; empty: no dnstap
  std::string dnstap_identity;        // empty: the host's name
  std::uint32_t dnstap_sample = 100;  // of so many answers of the fast path one; 0: none
  bool keep_attached = false;
  bool chaos = false;  // tell id.server and version.server
  bool share_interface = false;
  unsigned pass_after_seconds = 0;  // 0: the fast path never passes for want of a daemon
  Mode mode = Mode::kAuto;
  std::chrono::milliseconds first_verdict_wait{5000};
  std::string log_level = "info";
};

// The options, or the exit status of a process that has said what it had to say (help, version,
// usage errors).
std::variant<Options, int> parse_options(int argc, char** argv);

}  // namespace signpost::daemon
