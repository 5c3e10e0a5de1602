#include "daemon/options.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <thread>

#include "datapath/table_maps.h"

namespace signpost::daemon {
namespace {

constexpr int kUsageError = 2;
constexpr const char* kConfigFile = "/etc/signpost/signpostd.toml";

// Values that are read once the command line has been.
struct Texts {
  std::string http = "127.0.0.1:9153";
  std::string grpc;
  std::vector<std::string> resolvers;
  unsigned wait_milliseconds = 0;
};

// Takes "ADDRESS:PORT" or "[ADDRESS]:PORT"; false for anything else.
bool read_address(const std::string& text, std::string& address, std::uint16_t& port) {
  const std::size_t colon = text.rfind(':');
  const bool has_port =
      colon != std::string::npos && CLI::detail::lexical_cast(text.substr(colon + 1), port);
  if (!has_port || colon == 0) return false;
  address = text.substr(0, colon);
  if (address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  return true;
}

void read_http(const std::string& text, Options& options) {
  if (text == "off") {
    options.http_address.clear();
  } else if (!read_address(text, options.http_address, options.http_port)) {
    throw CLI::ValidationError("--http", "\"" + text + "\" is not ADDRESS:PORT or off");
  }
}

void read_grpc(const std::string& text, Options& options) {
  if (text.empty()) return;
  if (!read_address(text, options.grpc.address, options.grpc.port))
    throw CLI::ValidationError("--grpc-listen", "\"" + text + "\" is not ADDRESS:PORT");
}

void add_fast_path_options(CLI::App& app, Options& options) {
  static const std::map<std::string, Mode> kModes = {{"auto", Mode::kAuto},
                                                     {"native", Mode::kNative},
                                                     {"generic", Mode::kGeneric},
                                                     {"userspace", Mode::kUserspace}};
  app.add_option("--interface", options.interfaces,
                 "Network interface whose driver answers queries; may be repeated; without it all "
                 "are answered by the daemon itself")
      ->type_name("INTERFACE")
      ->expected(1, INTERFACES_MAX);
  app.add_option("--mode", options.mode,
                 "How the interface runs the program: auto, native (in the driver), generic (in "
                 "the network stack) or userspace (not at all)")
      ->transform(CLI::CheckedTransformer(kModes, CLI::ignore_case).description(""))
      ->type_name("MODE")
      ->default_str("auto");
  app.add_flag("--share-interface", options.share_interface,
               "Attach beside other XDP programs, through libxdp's dispatcher");
  app.add_flag("--keep-attached", options.keep_attached,
               "Leave the program attached and answering when the daemon stops");
  app.add_option("--pass-after", options.pass_after_seconds,
                 "Seconds after the daemon's last sign of life from which on the fast path no "
                 "longer answers; default: it goes on by the last health known")
      ->type_name("S")
      ->check(CLI::Range(5, 86400));
  app.add_option("--max-nodes", options.max_nodes, "Names that the fast path can hold")
      ->check(CLI::Range(1024u, 1u << 28))
      ->capture_default_str();
  app.add_option("--max-cells", options.max_cells,
                 "64-octet cells for answers that the fast path can hold")
      ->check(CLI::Range(1024u, 1u << 28))
      ->capture_default_str();
}

void read_resolvers(const std::vector<std::string>& texts, Options& options) {
  for (const std::string& text : texts) {
    const absl::StatusOr<upstream::Server> server = upstream::parse_server(text);
    if (!server.ok()) {
      throw CLI::ValidationError("--resolver", std::string(server.status().message()));
    }
    options.resolvers.push_back(*server);
  }
}

void add_location_options(CLI::App& app, Options& options) {
  app.add_option("--geo-data", options.geo_data,
                 "MMDB file that says where addresses are; may be repeated, then the first that "
                 "knows an address decides")
      ->type_name("FILE");
  app.add_option("--latency-table", options.latency_table,
                 "CSV file of round-trip times: prefix,region,milliseconds")
      ->type_name("FILE");
  app.add_option("--geo-max-age", options.geo_max_age_days,
                 "Days after which the geographic data count as old; 0: never")
      ->type_name("DAYS")
      ->check(CLI::Range(0, 36500))
      ->capture_default_str();
  app.add_option("--geo-max-unknown", options.geo_max_unknown_percent,
                 "Percentage of the answers by location that may go to clients whom the geographic "
                 "data do not know, before it is warned of; 0: any")
      ->type_name("PERCENT")
      ->check(CLI::Range(0u, 100u))
      ->capture_default_str();
  app.add_option("--max-locality-cells", options.max_locality_cells,
                 "64-octet cells that the fast path can hold of the map of clients; default: what "
                 "the geographic data need at the start, and an eighth more")
      ->check(CLI::Range(1u << 17, 1u << 28));
  app.add_option("--max-localities", options.max_localities,
                 "Classes of clients that the map can tell apart; default likewise")
      ->check(CLI::Range(1024u, 1u << 23));
}

void add_health_options(CLI::App& app, Options& options) {
  app.add_option("--health-commands", options.health_commands,
                 "Folder of the programs that health checks and notices may run")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--secrets", options.secrets,
                 "Folder of the keys that the configuration names: of webhooks and PagerDuty")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--reference-check", options.reference_checks,
                 "Health check whose target tells whether the prober sees at all, when most "
                 "targets fail at once; may be repeated; default: any of those that failed")
      ->type_name("CHECK");
  app.add_option("--blind-at-most", options.blind_at_most_seconds,
                 "Seconds for which the last health is held at most when most targets fail at once")
      ->type_name("S")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
}

void add_tls_options(CLI::App& app, Options& options) {
  CLI::Option* const certificate =
      app.add_option("--tls-cert", options.tls_certificate,
                     "Certificate, with its chain, in PEM: answer over TLS as well")
          ->type_name("FILE");
  CLI::Option* const key =
      app.add_option("--tls-key", options.tls_key, "Key of the certificate, in PEM")
          ->type_name("FILE");
  certificate->needs(key);
  key->needs(certificate);
  app.add_option("--tls-port", options.tls_port, "Port to answer on over TLS")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
}

void add_control_options(CLI::App& app, Options& options, std::string& grpc) {
  app.add_option("--control-socket", options.control_socket, "Socket of the gRPC services")
      ->type_name("PATH")
      ->capture_default_str();
  app.add_option("--control-group", options.control_group,
                 "Group whose members may connect to that socket; default: the daemon's")
      ->type_name("GROUP");
  CLI::Option* listen =
      app.add_option("--grpc-listen", grpc,
                     "Where to serve gRPC over TCP, to clients that show a certificate; default: "
                     "nowhere")
          ->type_name("ADDRESS:PORT");
  const auto add_file = [&](const char* name, std::string& file, const char* help) {
    CLI::Option* option = app.add_option(name, file, help)->type_name("FILE")->needs(listen);
    listen->needs(option);
  };
  add_file("--grpc-cert", options.grpc.certificate,
           "Certificate of that port (PEM), followed by those between it and its authority");
  add_file("--grpc-key", options.grpc.key, "Private key of that certificate (PEM)");
  add_file("--grpc-client-ca", options.grpc.client_authority,
           "Authority that signs the certificates of clients (PEM)");
  const auto add_role = [&](const char* name, std::vector<std::string>& who, const char* help) {
    app.add_option(name, who, help)->type_name("WHO");
  };
  add_role("--admin", options.roles.admins,
           "Who may change the configuration: cert:PATTERN, user:NAME or group:NAME; may be "
           "repeated");
  add_role("--operator", options.roles.operators,
           "Who may set overrides and switches; may be repeated");
  add_role("--reader", options.roles.readers, "Who may look at everything; may be repeated");
  app.add_option("--audit-log", options.audit_log,
                 "File with a line of JSON for each call that changes something or is refused; "
                 "default: the log")
      ->type_name("FILE");
}

void add_options(CLI::App& app, Options& options, Texts& texts) {
  app.add_option("--listen", options.listen, "Address to answer on, UDP and TCP; may be repeated")
      ->required()
      ->type_name("ADDRESS");
  app.add_option("--port", options.port, "Port to answer on")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  add_tls_options(app, options);
  add_fast_path_options(app, options);
  add_location_options(app, options);
  app.add_option("--data", options.data, "State folder")->type_name("DIR")->capture_default_str();
  app.add_option("--history", options.history,
                 "Changes that can be undone: the history forgets older ones; 0: all")
      ->type_name("CHANGES")
      ->check(CLI::Range(0u, 1u << 30))
      ->capture_default_str();
  add_control_options(app, options, texts.grpc);
  app.add_option("--http", texts.http, "Where to serve /metrics and /health, or off")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str();
  app.add_option(
         "--resolver", texts.resolvers,
         "Recursive resolver for aliases to names elsewhere and for targets of health checks; may "
         "be repeated, then the next one is asked where one fails")
      ->type_name("ADDRESS[:PORT]");
  add_health_options(app, options);
  app.add_flag("--chaos", options.chaos,
               "Tell who asks in class CH the version (version.server, version.bind) and the "
               "guard's NSID (id.server, hostname.bind)");
  app.add_option("--threads", options.threads, "Threads of the DNS server")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--dnstap", options.dnstap,
                 "Unix socket on which a reader of dnstap listens: it is told of every query that "
                 "the daemon itself answers, and of a sample of those that the fast path does")
      ->type_name("PATH");
  app.add_option("--dnstap-identity", options.dnstap_identity,
                 "The server's name in dnstap; default: the host's")
      ->type_name("TEXT");
  app.add_option("--dnstap-sample", options.dnstap_sample,
                 "Of so many answers of the fast path dnstap tells of one, on average; 0: of none")
      ->type_name("COUNT")
      ->check(CLI::Range(0, 1000000000))
      ->capture_default_str();
  app.add_option("--first-verdict-wait", texts.wait_milliseconds,
                 "Milliseconds for which names that need a health check get SERVFAIL after a "
                 "start without stored health, at most")
      ->type_name("MS")
      ->check(CLI::Range(0, 600000))
      ->capture_default_str();
  app.add_option("--log-level", options.log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}).description(""))
      ->capture_default_str();
}

}  // namespace

std::variant<Options, int> parse_options(int argc, char** argv) {
  Options options;
  options.threads = std::clamp(std::thread::hardware_concurrency(), 1u, 256u);
  options.max_nodes = datapath::Capacity{}.nodes;
  options.max_cells = datapath::Capacity{}.cells;
  Texts texts;
  texts.wait_milliseconds = static_cast<unsigned>(options.first_verdict_wait.count());
  CLI::App app("signpostd: DNS traffic steering that answers at the network card", "signpostd");
  app.set_version_flag("--version", "signpostd " SIGNPOST_VERSION);
  app.set_config("--config", kConfigFile, "Configuration file (TOML), with the names of the flags")
      ->type_name("FILE");
  app.allow_config_extras(false);
  add_options(app, options, texts);
  try {
    app.parse(argc, argv);
    read_http(texts.http, options);
    read_grpc(texts.grpc, options);
    read_resolvers(texts.resolvers, options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? 0 : kUsageError;
  }
  options.first_verdict_wait = std::chrono::milliseconds(texts.wait_milliseconds);
  return options;
}

}  // namespace signpost::daemon
