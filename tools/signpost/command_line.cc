#include "signpost/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/commands/change.h"
#include "signpost/commands/convert.h"
#include "signpost/commands/geo.h"
#include "signpost/commands/impact.h"
#include "signpost/commands/interface.h"
#include "signpost/commands/notices.h"
#include "signpost/commands/override.h"
#include "signpost/commands/read.h"
#include "signpost/commands/schedule.h"
#include "signpost/commands/top.h"
#include "signpost/commands/zone.h"
#include "signpost/completion.h"
#include "signpost/session.h"

namespace signpost::cli {
namespace {

// Asked by the completion of shells, which hands over the command line as it stands.
constexpr std::string_view kComplete = "complete";

// Adds a command that calls `function` with `arguments`, which its options fill.
template <typename Arguments>
CLI::App* add(CLI::App& parent, Command& chosen, const char* name, const char* help,
              std::shared_ptr<Arguments> arguments,
              absl::StatusOr<int> (*function)(Session&, const Arguments&)) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->callback([&chosen, arguments, function] {
    chosen = [arguments, function](Session& session) { return function(session, *arguments); };
  });
  return command;
}

void add_format(CLI::App* command, Format& format, bool with_table = true) {
  std::map<std::string, Format> formats = {{"json", Format::kJson}, {"yaml", Format::kYaml}};
  if (with_table) formats.emplace("table", Format::kTable);
  const char* const names = with_table ? "table|json|yaml" : "yaml|json";
  command
      ->add_option_function<std::string>(
          "-o,--output",
          [&format, formats, names](const std::string& name) {
            const auto found = formats.find(name);
            if (found == formats.end())
              throw CLI::ValidationError("--output", "\"" + name + "\" is not one of " + names);
            format = found->second;
          },
          "How to show it")
      ->type_name(names);
}

void add_change_options(CLI::App* command, std::uint64_t& expected_generation,
                        std::string& comment) {
  command->add_option("--expect-generation", expected_generation,
                      "Refuse unless this is the running generation");
  command->add_option("--comment", comment, "Why, for the history");
}

void add_apply_options(CLI::App* command, ApplyArguments& arguments) {
  command
      ->add_option("-f,--file", arguments.files,
                   "A configuration file, a folder of *.yaml and *.json, or -; repeatable")
      ->required()
      ->type_name("FILE|DIR");
  command->add_flag("--prune", arguments.prune,
                    "Remove zones of files, health checks and so on that are not in the files");
  command->add_flag("--adopt", arguments.adopt, "Take over zones that the API manages");
  command->add_flag("--force", arguments.force, "Allow removing over 30 % of the record sets");
  add_change_options(command, arguments.expected_generation, arguments.comment);
  add_format(command, arguments.format);
}

void add_pre_lower(CLI::App* command, PreLowerArguments& arguments) {
  CLI::Option* lowers =
      command
          ->add_option("--pre-lower", arguments.ttl,
                       "Schedule the change: lower TTLs to so much, make it once the old TTLs "
                       "have passed, restore them")
          ->type_name("DURATION");
  command
      ->add_option("--at", arguments.at,
                   "When to make the change, as 2026-08-03T14:00:00Z; default: as early as can be")
      ->type_name("TIME")
      ->needs(lowers);
  command->add_flag("--dry-run", arguments.dry_run, "Show the schedule only")->needs(lowers);
}

void add_plan(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App* command =
      add(app, chosen, "plan",
          "Show what apply would do, and who would get another answer; exit 3 if anything",
          arguments, &plan);
  add_apply_options(command, arguments->changes);
  command
      ->add_option("--demand", arguments->demand,
                   "Lines PREFIX,QUERIES: where clients are, and the queries per second that each "
                   "name gets from there")
      ->type_name("FILE.csv");
  command->add_flag("--failures", arguments->failures,
                    "Also what the failure of each health check and region would do");
  command
      ->add_option("--capacity", arguments->capacities,
                   "ENDPOINT=QUERIES: warn where it would get more per second; repeatable")
      ->type_name("ENDPOINT=QUERIES");
  add_pre_lower(command, arguments->pre_lower);
}

void add_simulate(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* command = add(app, chosen, "simulate",
                          "The shares of the answers that queries would get", arguments, &simulate);
  command
      ->add_option("queries", arguments->queries,
                   "A capture, or lines CLIENT NAME TYPE [COUNT]; - reads lines")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("-f,--file", arguments->files,
                   "Apply these files first; default: the running configuration")
      ->type_name("FILE|DIR");
  command->add_option("--down", arguments->down, "A health check that fails; repeatable")
      ->type_name("CHECK");
  add_format(command, arguments->format);
}

void add_changes(CLI::App& app, Command& chosen) {
  add_plan(app, chosen);
  auto applied = std::make_shared<ApplyArguments>();
  add_apply_options(
      add(app, chosen, "apply", "Make the files the running state, as one batch", applied, &apply),
      *applied);
  auto compared = std::make_shared<DiffArguments>();
  CLI::App* command =
      add(app, chosen, "diff", "Show what changed between two generations", compared, &diff);
  command->add_option("from", compared->from, "The earlier generation")->required();
  command->add_option("to", compared->to, "The later generation")->required();
  add_format(command, compared->format);
  auto rolled = std::make_shared<RollbackArguments>();
  command = add(app, chosen, "rollback", "Make the state of an earlier generation the running one",
                rolled, &rollback);
  command->add_option("generation", rolled->generation, "See `signpost history`")->required();
  add_change_options(command, rolled->expected_generation, rolled->comment);
  add_format(command, rolled->format);
}

CLI::App* add_record(CLI::App& parent, Command& chosen, const char* name, const char* help,
                     const std::shared_ptr<RecordArguments>& arguments,
                     absl::StatusOr<int> (*function)(Session&, const RecordArguments&)) {
  CLI::App* command = add(parent, chosen, name, help, arguments, function);
  command->add_option("zone", arguments->zone, "The zone apex")->required();
  command->add_option("name", arguments->name, "Relative to the apex; @ is the apex")->required();
  command->add_option("type", arguments->type, "A, AAAA, MX, …")->required();
  command->add_option("--comment", arguments->comment, "Why, for the history");
  add_format(command, arguments->format);
  return command;
}

void add_records(CLI::App& app, Command& chosen) {
  CLI::App* record = app.add_subcommand("record", "Change single record sets of a zone");
  record->require_subcommand(1);
  auto set = std::make_shared<RecordArguments>();
  CLI::App* command =
      add_record(*record, chosen, "set", "Create or replace a record set", set, &record_set);
  command->add_option("ttl", set->ttl, "Seconds")->required();
  command->add_option("values", set->values, "RDATA, one argument for each record")->required();
  auto removed = std::make_shared<RecordArguments>();
  command = add_record(*record, chosen, "delete", "Delete a record set", removed, &record_delete);
  command->add_option("--set-identifier", removed->set_identifier,
                      "Which one, where there are several");
}

void add_zones(CLI::App& app, Command& chosen) {
  CLI::App* zone = app.add_subcommand("zone", "Take and give RFC 1035 master files");
  zone->require_subcommand(1);
  auto imported = std::make_shared<ZoneImportArguments>();
  CLI::App* command =
      add(*zone, chosen, "import", "Make the zones of master files the running ones", imported,
          &zone_import);
  command->add_option("files", imported->paths, "Master files, and folders of them")
      ->required()
      ->type_name("FILE|DIR");
  command->add_option("--origin", imported->origin, "The origin until the first $ORIGIN");
  command->add_option("--view", imported->view,
                      "Make private zones of a view, which its clients alone see");
  command->add_flag("--dry-run", imported->dry_run, "Show the plan only; exit 3 if there is any");
  command->add_flag("--adopt", imported->adopt, "Take over zones that files manage");
  command->add_flag("--force", imported->force, "Allow removing over 30 % of the record sets");
  add_change_options(command, imported->expected_generation, imported->comment);
  add_format(command, imported->format);
  auto checked = std::make_shared<ZoneCheckArguments>();
  command = add(*zone, chosen, "check",
                "Tell what is wrong or doubtful in master files, with its line; asks no daemon",
                checked, &zone_check);
  command->add_option("files", checked->paths, "Master files, and folders of them")
      ->required()
      ->type_name("FILE|DIR");
  command->add_option("--origin", checked->origin, "The origin until the first $ORIGIN");
  auto name = std::make_shared<std::string>();
  command = add(*zone, chosen, "export", "Write a zone as a master file", name, &zone_export);
  command->add_option("zone", *name, "The zone apex")->required();
}

void add_convert_options(CLI::App* command, ConvertArguments& arguments, const char* files,
                         const char* type_name) {
  command->add_option("files", arguments.files, files)->required()->type_name(type_name);
  command
      ->add_option("-o,--output", arguments.folder,
                   "Write a file for each zone into this folder; default: all to the output")
      ->type_name("DIR");
  command->add_flag("--strict", arguments.strict, "Exit 3 if anything could not be converted");
}

void add_conversions(CLI::App& app, Command& chosen) {
  CLI::App* parent = app.add_subcommand(
      "convert", "Turn other servers' configuration into files for apply; asks no daemon");
  parent->require_subcommand(1);
  auto gdnsd = std::make_shared<ConvertArguments>();
  CLI::App* command = add(*parent, chosen, "gdnsd", "gdnsd's configuration with its zones", gdnsd,
                          &convert_gdnsd_files);
  add_convert_options(command, *gdnsd, "gdnsd's folder, or the file `config` in it", "DIR|FILE");
  command->get_option("files")->expected(1);
  auto route53 = std::make_shared<ConvertArguments>();
  command = add(*parent, chosen, "route53-json",
                "What `aws route53 list-resource-record-sets` and so on printed", route53,
                &convert_route53_files);
  add_convert_options(command, *route53, "JSON files; all are one account", "FILE");
  command
      ->add_option("--name-server", route53->name_servers,
                   "Your name server, in the place of Route 53's; repeatable")
      ->type_name("HOST")
      ->allow_extra_args(false);
}

struct ListArguments {
  std::string zone;
  std::uint32_t most = 0;
  Format format = Format::kTable;
};

void add_list(CLI::App& parent, Command& chosen, const char* name, const char* help,
              absl::StatusOr<int> (*function)(Session&, Format)) {
  auto format = std::make_shared<Format>(Format::kTable);
  CLI::App* command = parent.add_subcommand(name, help);
  command->callback([&chosen, format, function] {
    chosen = [format, function](Session& session) { return function(session, *format); };
  });
  add_format(command, *format);
}

void add_selector(CLI::App* command, SelectedArguments& arguments) {
  command
      ->add_option("-l,--selector", arguments.selector,
                   "Only those with such tags: site=lon,env!=test,team")
      ->type_name("SELECTOR");
  add_format(command, arguments.format);
}

void add_selected(CLI::App& parent, Command& chosen, const char* name, const char* help,
                  absl::StatusOr<int> (*function)(Session&, const SelectedArguments&)) {
  auto arguments = std::make_shared<SelectedArguments>();
  add_selector(add(parent, chosen, name, help, arguments, function), *arguments);
}

absl::StatusOr<int> run_history(Session& session, const ListArguments& arguments) {
  return history(session, arguments.most, arguments.format);
}

void add_history(CLI::App& parent, Command& chosen) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* command =
      add(parent, chosen, "history", "What was applied, newest first", arguments, &run_history);
  command->add_option("-n,--number", arguments->most, "At most so many");
  add_format(command, arguments->format);
}

absl::StatusOr<int> run_get_records(Session& session, const ListArguments& arguments) {
  return get_records(session, arguments.zone, arguments.format);
}

void add_break_glass(CLI::App* command, bool& wanted) {
  command->add_flag("--break-glass", wanted, "Even against a safety rule; give a reason");
}

CLI::App* add_health_command(CLI::App& parent, Command& chosen, const char* name, const char* help,
                             const std::shared_ptr<HealthArguments>& arguments,
                             absl::StatusOr<int> (*function)(Session&, const HealthArguments&)) {
  CLI::App* command = add(parent, chosen, name, help, arguments, function);
  command->add_option("check", arguments->check, "The id of a health check")
      ->required(std::string(name) != "history")
      ->type_name("CHECK");
  return command;
}

void add_health(CLI::App& app, Command& chosen) {
  auto selected = std::make_shared<SelectedArguments>();
  CLI::App* all =
      app.add_subcommand("health", "What each health check sees, and who depends on it");
  // Called after that of a subcommand.
  all->callback([&chosen, all, selected] {
    if (all->get_subcommands().empty())
      chosen = [selected](Session& session) { return health(session, *selected); };
  });
  add_selector(all, *selected);
  auto shown = std::make_shared<HealthArguments>();
  CLI::App* command = add_health_command(*all, chosen, "show", "All that one check sees and saw",
                                         shown, &health_show);
  add_format(command, shown->format);
  auto tested = std::make_shared<HealthArguments>();
  command = add_health_command(*all, chosen, "test",
                               "Probe once, now, and tell each step; exit 1 if it fails", tested,
                               &health_test);
  command->add_option("-f,--file", tested->files, "Take the check from these files")
      ->type_name("FILE|DIR");
  add_format(command, tested->format);
  auto past = std::make_shared<HealthArguments>();
  command = add_health_command(*all, chosen, "history", "Changes of health, newest first", past,
                               &health_history);
  command->add_option("-n,--number", past->most, "At most so many");
  add_format(command, past->format);
  auto turned = std::make_shared<HealthArguments>();
  command = add_health_command(*all, chosen, "switch", "Turn a recovery control on or off", turned,
                               &health_switch);
  command->add_option("position", turned->position, "on or off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}).description(""))
      ->type_name("on|off");
  command->add_option("--reason", turned->reason, "Why, for the history");
  add_break_glass(command, turned->break_glass);
}

void add_override_set(CLI::App& parent, Command& chosen) {
  auto set = std::make_shared<OverrideArguments>();
  CLI::App* command = add(parent, chosen, "set", "Say that endpoints are up or down, or drain them",
                          set, &override_set);
  command->add_option("action", set->action, "up, down or drain")
      ->required()
      ->check(CLI::IsMember({"up", "down", "drain"}).description(""))
      ->type_name("up|down|drain");
  CLI::Option_group* scope = command->add_option_group("scope", "Which endpoints");
  scope->add_option("--check", set->check, "Those that this health check is for");
  scope->add_option("-l,--selector", set->selector, "Those of checks with such tags");
  scope->add_option("--region", set->region, "Those of a latency or geoproximity region");
  scope->add_option("--endpoint", set->endpoint, "An address, or all of a prefix");
  scope->require_option(1);
  command->add_option("--reason", set->reason, "Why, for all who look");
  command->add_option("--expires", set->expires_after, "After so long: 30m; default: never")
      ->type_name("DURATION");
  command->add_option("--over", set->ramp, "Drain in so long; default: 5m")->type_name("DURATION");
  add_break_glass(command, set->break_glass);
  add_format(command, set->format);
}

void add_overrides(CLI::App& app, Command& chosen) {
  CLI::App* parent = app.add_subcommand("override", "Say what is up in the place of checks");
  parent->require_subcommand(1);
  add_override_set(*parent, chosen);
  auto cleared = std::make_shared<OverrideArguments>();
  CLI::App* command =
      add(*parent, chosen, "clear", "End an override; drained weights come back step by step",
          cleared, &override_clear);
  command->add_option("override", cleared->number, "See `signpost override list`")->required();
  command->add_flag("--now", cleared->at_once, "Give drained weights back at once");
  command->add_option("--reason", cleared->reason, "Why, for the history");
  add_break_glass(command, cleared->break_glass);
  auto listed = std::make_shared<OverrideArguments>();
  add_format(add(*parent, chosen, "list", "The overrides in force", listed, &override_list),
             listed->format);
  auto past = std::make_shared<OverrideArguments>();
  command = add(*parent, chosen, "history", "What became of overrides and rules, newest first",
                past, &override_history);
  command->add_option("-n,--number", past->most, "At most so many");
  add_format(command, past->format);
}

void add_safety_rules(CLI::App& app, Command& chosen) {
  CLI::App* parent = app.add_subcommand("safety-rule", "How many checks overrides must leave on");
  parent->require_subcommand(1);
  auto set = std::make_shared<SafetyRuleArguments>();
  CLI::App* command =
      add(*parent, chosen, "set", "Create or replace a rule", set, &safety_rule_set);
  command->add_option("name", set->name, "Its name")->required();
  command->add_option("--at-least", set->at_least, "So many stay on")->required();
  command->add_option("--check", set->checks, "One of the checks; repeatable");
  command->add_option("-l,--selector", set->selector, "The checks with such tags");
  auto removed = std::make_shared<SafetyRuleArguments>();
  command = add(*parent, chosen, "delete", "Delete a rule", removed, &safety_rule_delete);
  command->add_option("name", removed->name, "Its name")->required();
  auto listed = std::make_shared<SafetyRuleArguments>();
  add_format(add(*parent, chosen, "list", "The rules, and how many checks are on", listed,
                 &safety_rule_list),
             listed->format);
}

void add_schedules(CLI::App& app, Command& chosen) {
  CLI::App* parent = app.add_subcommand("schedule", "Changes that `plan --pre-lower` scheduled");
  parent->require_subcommand(1);
  add_list(*parent, chosen, "list", "Those under way, and those that ended last", &schedule_list);
  auto cancelled = std::make_shared<CancelArguments>();
  CLI::App* command = add(*parent, chosen, "cancel", "End one, and give lowered TTLs back",
                          cancelled, &schedule_cancel);
  command->add_option("schedule", cancelled->number, "See `signpost schedule list`")->required();
  add_format(command, cancelled->format);
}

void add_watch(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<WatchArguments>();
  CLI::App* command = add(app, chosen, "watch",
                          "Write notices as they come: flips of health checks and what else you "
                          "have to know",
                          arguments, &watch);
  command->add_option("--after", arguments->after,
                      "Begin behind the notice of this number, 0: with the oldest that is kept; "
                      "default: with the next");
  command->add_option("--count", arguments->count, "Stop after so many");
  add_format(command, arguments->format);
}

void add_top(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<TopArguments>();
  CLI::App* command =
      add(app, chosen, "top",
          "Show what is answered at the moment: rates, endpoints, record sets, passes by reason",
          arguments, &top);
  command->add_option("--interval", arguments->interval, "Seconds between pictures")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  command->add_option("--lines", arguments->lines, "Endpoints and record sets shown")
      ->check(CLI::Range(1u, 1000u))
      ->capture_default_str();
  command->add_option("--count", arguments->count,
                      "Stop after so many; default: never, with -o json and yaml after one");
  add_format(command, arguments->format);
}

void add_lists(CLI::App& app, Command& chosen) {
  CLI::App* get = app.add_subcommand("get", "List what is there");
  get->require_subcommand(1);
  add_selected(*get, chosen, "zones", "The zones", &get_zones);
  auto records = std::make_shared<ListArguments>();
  CLI::App* command =
      add(*get, chosen, "records", "The record sets of a zone", records, &run_get_records);
  command->add_option("zone", records->zone, "The zone apex")->required();
  add_format(command, records->format);
  add_selected(*get, chosen, "health-checks", "The health checks", &get_health_checks);
  add_list(*get, chosen, "cidr-collections", "The CIDR collections", &get_cidr_collections);
  add_list(*get, chosen, "overrides", "Where clients are as you know better", &get_overrides);
  add_list(*get, chosen, "regions", "Your own regions", &get_regions);
  add_list(*get, chosen, "traffic-policies", "The traffic policies", &get_traffic_policies);
  add_list(*get, chosen, "notice-receivers", "The receivers of notices, and how far they were told",
           &get_notice_receivers);
  add_list(*get, chosen, "aliases", "The aliases to names elsewhere, and what they resolve to",
           &get_aliases);
  add_list(*get, chosen, "secondary-zones", "The zones that are copied from other servers",
           &get_secondary_zones);
  add_history(*get, chosen);
  add_history(app, chosen);
  add_health(app, chosen);
  add_watch(app, chosen);
  add_top(app, chosen);
  add_overrides(app, chosen);
  add_safety_rules(app, chosen);
  add_schedules(app, chosen);
  add_list(app, chosen, "status", "Generation, interface, mode, counters", &status);
}

struct PushArguments {
  std::vector<std::string> files;
};

absl::StatusOr<int> run_push(Session& session, const PushArguments& arguments) {
  return round_trips_push(session, arguments.files);
}

void add_locations(CLI::App& app, Command& chosen) {
  CLI::App* geo = app.add_subcommand("geo", "Where clients are");
  geo->require_subcommand(1);
  add_list(*geo, chosen, "status", "Of which data the map of clients is made", &geo_status);
  add_list(*geo, chosen, "reload", "Read the geographic data and latencies anew", &geo_reload);
  auto located = std::make_shared<LocateArguments>();
  CLI::App* command =
      add(*geo, chosen, "locate", "What is known of a client", located, &geo_locate);
  command->add_option("client", located->client, "An address or a prefix")->required();
  add_format(command, located->format);
  CLI::App* times = app.add_subcommand("round-trips", "Measured round-trip times");
  times->require_subcommand(1);
  auto pushed = std::make_shared<PushArguments>();
  command = add(*times, chosen, "push", "Take samples: prefix,region,milliseconds a line", pushed,
                &run_push);
  command->add_option("files", pushed->files, "CSV files, or -")->required()->type_name("FILE");
  add_list(*times, chosen, "list", "The medians, by prefix and region", &round_trips_list);
}

struct ExportArguments {
  std::vector<std::string> zones;
  Format format = Format::kYaml;
};

absl::StatusOr<int> run_export(Session& session, const ExportArguments& arguments) {
  return export_state(session, arguments.zones, arguments.format);
}

absl::StatusOr<int> run_version(Session& session, const ListArguments&) { return version(session); }

void add_views(CLI::App& app, Command& chosen) {
  auto exported = std::make_shared<ExportArguments>();
  CLI::App* command = add(app, chosen, "export", "Write the running state as a configuration file",
                          exported, &run_export);
  command->add_option("zones", exported->zones, "These zones only");
  add_format(command, exported->format, false);
  auto explained = std::make_shared<ExplainArguments>();
  command = add(app, chosen, "explain", "The answer to a question, and every step that led to it",
                explained, &explain);
  command->add_option("name", explained->name, "The name that is asked")->required();
  command->add_option("type", explained->type, "A, AAAA, MX, …")->required();
  command->add_option("--client", explained->client, "Who asks: an address or a prefix");
  add_format(command, explained->format);
  auto captured = std::make_shared<CaptureArguments>();
  command = add(app, chosen, "capture", "Show the packets that the fast path answers", captured,
                &capture);
  command->add_option("-i,--interface", captured->interface, "Default: the daemon's");
  command->add_option("--count", captured->count, "Stop after so many packets");
  command->add_option("--write", captured->write_to, "Write them to a file instead");
  auto interface = std::make_shared<std::string>();
  command = add(app, chosen, "detach", "Take the fast path off an interface; needs no daemon",
                interface, &detach);
  command->add_option("interface", *interface, "Default: every interface that has it");
  add(app, chosen, "version", "The versions of this program and the daemon",
      std::make_shared<ListArguments>(), &run_version);
}

void add_global_options(CLI::App& app, ClientOptions& options, std::uint32_t& timeout) {
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "signpost " SIGNPOST_VERSION);
  app.add_option("--server", options.server,
                 "The daemon's socket or port: unix:///PATH or tls://HOST:PORT")
      ->envname("SIGNPOST_SERVER")
      ->capture_default_str();
  app.add_option("--ca", options.tls.authority,
                 "Authority that signed the certificate of a port (PEM file)")
      ->envname("SIGNPOST_CA");
  app.add_option("--cert", options.tls.certificate, "Certificate to show to a port (PEM file)")
      ->envname("SIGNPOST_CERT");
  app.add_option("--key", options.tls.key, "Private key of that certificate (PEM file)")
      ->envname("SIGNPOST_KEY");
  app.add_option("--timeout", timeout, "Seconds for one call; default: 30, changes 600");
}

int usage(const CLI::App& app, const CLI::ParseError& error, std::ostream& out, std::ostream& err) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
    return app.exit(error, out, err);
  err << "signpost: " << error.what() << "\nsee `signpost --help`, `signpost COMMAND --help`\n";
  return kUsage;
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err,
        Terminals terminals) {
  CLI::App app("DNS traffic steering that answers at the network card", "signpost");
  ClientOptions options;
  std::uint32_t timeout = 0;
  Command chosen;
  add_global_options(app, options, timeout);
  add_changes(app, chosen);
  add_simulate(app, chosen);
  add_views(app, chosen);
  add_lists(app, chosen);
  add_locations(app, chosen);
  add_zones(app, chosen);
  add_records(app, chosen);
  add_conversions(app, chosen);
  if (argc > 1 && argv[1] == kComplete) {
    complete(app, {argv + 2, argv + argc}, out);
    return kDone;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage(app, error, out, err);
  }
  options.timeout = std::chrono::seconds(timeout);
  Session session{out, err, terminals.out && std::getenv("NO_COLOR") == nullptr, terminals.err,
                  options};
  const absl::StatusOr<int> code = chosen(session);
  if (code.ok()) return *code;
  std::istringstream lines(std::string(code.status().message()));
  err << "signpost: ";
  for (std::string line; std::getline(lines, line);) err << printable(line) << "\n";
  return kFailed;
}

}  // namespace signpost::cli
