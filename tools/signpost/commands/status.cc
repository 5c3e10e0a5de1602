#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "datapath/detach.h"
#include "datapath/unattended.h"
#include "signpost/commands/read.h"
#include "signpost/location_output.h"
#include "signpost/table.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

std::string mode_text(v1::FastPathStatus::Mode mode, const std::string& reason) {
  std::string text = "unknown";
  if (mode == v1::FastPathStatus::NATIVE) text = "native XDP";
  if (mode == v1::FastPathStatus::GENERIC) text = "generic XDP";
  if (mode == v1::FastPathStatus::USERSPACE) text = "off, all by the slow path";
  if (!reason.empty()) absl::StrAppend(&text, ": ", reason);
  return text;
}

bool is_answer(const v1::ReasonCount& count) {
  return count.reason() == "answered" || count.reason() == "nodata" ||
         count.reason() == "nxdomain" || count.reason() == "cut";
}

std::string use_text(std::uint64_t used, std::uint64_t capacity) {
  return absl::StrCat(used, " of ", capacity, " (", percent(used, capacity), ")");
}

void line(Session& session, const std::string& name, const std::string& text) {
  session.out << name << std::string(18 - name.size(), ' ') << text << "\n";
}

// How zones that are copied from other servers are.
std::string secondary_text(Session& session, const v1::GetStatusResponse& status) {
  std::string zones = count_text(status.secondary_zones(), "zone");
  if (status.secondary_zones_without_records() > 0)
    return session.paint(Colour::kRed,
                         absl::StrCat(zones, ", ", status.secondary_zones_without_records(),
                                      " without records: see `signpost get secondary-zones`"));
  if (status.secondary_zones_failing() > 0)
    return session.paint(Colour::kYellow,
                         absl::StrCat(zones, ", ", status.secondary_zones_failing(),
                                      " not refreshed: see `signpost get secondary-zones`"));
  return zones;
}

void print_state(Session& session, const v1::GetStatusResponse& status) {
  line(session, "version", status.version());
  line(session, "generation",
       absl::StrCat(status.generation(), ", answer table ", status.table_generation(),
                    ", active since ", format_time(status.activated())));
  line(session, "started", format_time(status.started()));
  line(session, "listens on", absl::StrJoin(status.listen(), ", "));
  line(session, "holds",
       absl::StrCat(count_text(status.zones(), "zone"), ", ",
                    count_text(status.record_sets(), "record set"), " of ",
                    count_text(status.owner_names(), "owner name"), ", ",
                    count_text(status.health_checks(), "health check")));
  if (status.secondary_zones() > 0) line(session, "secondary", secondary_text(session, status));
  const v1::LocationData& places = status.location_data();
  if (!places.path().empty() || places.localities() > 1)
    line(session, "clients by",
         absl::StrCat(places.path().empty() ? "what is configured" : places.path(), ", ",
                      places.localities(), " localities"));
  if (places.too_old())
    line(session, "geographic data",
         session.paint(Colour::kYellow, absl::StrCat("old, made ", format_time(places.built()))));
  if (places.too_many_unlocated())
    line(session, "unknown places", session.paint(Colour::kYellow, unlocated_text(places)));
  if (!places.last_error().empty())
    line(session, "locations", session.paint(Colour::kRed, places.last_error()));
  if (status.has_prober_blind_since())
    line(session, "prober",
         session.paint(
             Colour::kRed,
             absl::StrCat("suspects itself since ", format_time(status.prober_blind_since()),
                          ": most targets failed at once, the last health is held")));
  if (!status.read_only_reason().empty())
    line(session, "read only", session.paint(Colour::kRed, status.read_only_reason()));
  if (!status.last_publish_error().empty())
    line(session, "last error", session.paint(Colour::kRed, status.last_publish_error()));
}

// TLS is told of where it is used.
std::string slow_path_text(const v1::SlowPathStatus& slow) {
  std::string text = absl::StrCat(slow.udp_queries(), " by UDP, ", slow.tcp_queries(), " by TCP, ");
  const bool tls = slow.tls_queries() != 0 || slow.tls_connections_open() != 0;
  if (tls) absl::StrAppend(&text, slow.tls_queries(), " by TLS, ");
  absl::StrAppend(&text, slow.truncated(), " truncated, ",
                  count_text(slow.tcp_connections_open(), "TCP connection"), " open");
  if (tls)
    absl::StrAppend(&text, ", ", count_text(slow.tls_connections_open(), "TLS connection"),
                    " open");
  return text;
}

void print_paths(Session& session, const v1::GetStatusResponse& status) {
  const v1::FastPathStatus& fast = status.fast_path();
  const v1::SlowPathStatus& slow = status.slow_path();
  std::uint64_t fast_answers = 0;
  for (const v1::ReasonCount& count : fast.reasons())
    if (is_answer(count)) fast_answers += count.packets();
  const std::uint64_t slow_answers = slow.udp_queries() + slow.tcp_queries() + slow.tls_queries();
  for (const v1::InterfaceStatus& each : fast.interfaces())
    line(session, "interface",
         absl::StrCat(each.name(), ", ", mode_text(each.mode(), each.mode_reason())));
  if (fast.interfaces().empty())
    line(session, "fast path", mode_text(fast.mode(), fast.mode_reason()));
  if (fast.nodes_capacity() > 0) {
    line(session, "nodes", use_text(fast.nodes_used(), fast.nodes_capacity()));
    line(session, "cells", use_text(fast.cells_used(), fast.cells_capacity()));
  }
  line(session, "fast path share",
       absl::StrCat(percent(fast_answers, fast_answers + slow_answers), " of ",
                    count_text(fast_answers + slow_answers, "answer")));
  line(session, "slow path", slow_path_text(slow));
}

// Reasons that never occurred say nothing.
void print_reasons(Session& session, const v1::FastPathStatus& fast_path) {
  Table table({{"FAST PATH"}, {"PACKETS", Align::kRight}, {"MEANING"}});
  for (const v1::ReasonCount& count : fast_path.reasons())
    if (count.packets() > 0)
      table.add_row({count.reason(), absl::StrCat(count.packets()),
                     absl::StrCat(is_answer(count) || count.reason() == "limited" ? "" : "passed: ",
                                  count.help())});
  if (!table.empty()) session.out << "\n" << table.text();
}

void print_guard_events(Session& session, const v1::GetStatusResponse& status) {
  Table table({{"GUARD"}, {"FAST PATH", Align::kRight}, {"SLOW PATH", Align::kRight}, {"MEANING"}});
  for (const v1::GuardEventCount& count : status.guard_events())
    if (count.fast_path() + count.slow_path() > 0)
      table.add_row({count.event(), absl::StrCat(count.fast_path()),
                     absl::StrCat(count.slow_path()), count.help()});
  if (!table.empty()) session.out << "\n" << table.text();
}

std::string seconds(std::chrono::nanoseconds duration) {
  return absl::StrCat(std::chrono::duration_cast<std::chrono::seconds>(duration).count(), " s");
}

// What the fast path does without the daemon, as a further line of the error.
absl::Status with_fast_path(const absl::Status& unreachable) {
  const auto found = datapath::look_unattended(datapath::kPinRoot);
  if (!found.ok()) return unreachable;
  const bool passes = found->pass_after.count() != 0 && found->silence > found->pass_after;
  return unavailable(std::string(unreachable.message()), "\nthe last sign of the daemon is ",
                     seconds(found->silence), " old; at ", absl::StrJoin(found->interfaces, ", "),
                     passes ? absl::StrCat(" queries are passed, as --pass-after of ",
                                           seconds(found->pass_after), " is over")
                            : absl::StrCat(" the fast path answers from table ",
                                           found->table_generation, ", by the last health known"));
}

}  // namespace

absl::StatusOr<int> status(Session& session, Format format) {
  const absl::StatusOr<v1::GetStatusResponse> told = session.client.status(v1::GetStatusRequest());
  if (absl::IsUnavailable(told.status())) return with_fast_path(told.status());
  RETURN_IF_ERROR(told.status());
  const v1::GetStatusResponse& response = *told;
  if (format != Format::kTable) {
    session.print(format, response);
    return kDone;
  }
  print_state(session, response);
  print_paths(session, response);
  print_reasons(session, response.fast_path());
  print_guard_events(session, response);
  return kDone;
}

absl::StatusOr<int> version(Session& session) {
  session.out << "signpost " << SIGNPOST_VERSION << "\n";
  const auto response = session.client.status(v1::GetStatusRequest());
  if (response.ok()) {
    session.out << "signpostd " << response->version() << "\n";
  } else {
    session.out << "signpostd not reached\n";
  }
  return kDone;
}

}  // namespace signpost::cli
