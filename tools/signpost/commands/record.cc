#include <chrono>
#include <utility>

#include "base/status.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "signpost/change_output.h"
#include "signpost/commands/change.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

absl::StatusOr<int> change(Session& session, const RecordArguments& arguments,
                           v1::RecordSetChange::Action action, v1::RecordSet record_set) {
  v1::ChangeRecordSetsRequest request;
  request.set_zone(arguments.zone);
  request.set_comment(arguments.comment);
  v1::RecordSetChange& change = *request.add_changes();
  change.set_action(action);
  *change.mutable_record_set() = std::move(record_set);
  const auto begin = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(const v1::ApplyResponse response, session.client.change(request));
  print_applied(session, arguments.format, response, std::chrono::steady_clock::now() - begin);
  return kDone;
}

// Whether `set`, a record set of the zone `apex`, is the one that the arguments name.
bool is_named(const v1::RecordSet& set, const RecordArguments& arguments, const dns::Name& apex,
              const dns::Name& owner) {
  const absl::StatusOr<dns::Name> name = dns::Name::parse(set.name(), apex);
  return name.ok() && *name == owner &&
         dns::parse_rr_type(set.type()) == dns::parse_rr_type(arguments.type) &&
         set.set_identifier() == arguments.set_identifier;
}

absl::StatusOr<v1::RecordSet> find(Session& session, const RecordArguments& arguments) {
  ASSIGN_OR_RETURN(const dns::Name apex, dns::Name::parse_with_view(arguments.zone));
  ASSIGN_OR_RETURN(const dns::Name owner, dns::Name::parse(arguments.name, apex));
  v1::ListRecordSetsRequest request;
  request.set_zone(arguments.zone);
  while (true) {
    ASSIGN_OR_RETURN(const v1::ListRecordSetsResponse page,
                     session.client.list_record_sets(request));
    for (const v1::RecordSet& set : page.record_sets())
      if (is_named(set, arguments, apex, owner)) return set;
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  return not_found("no record set ", owner.text(), " ", arguments.type,
                   arguments.set_identifier.empty() ? "" : " ", arguments.set_identifier,
                   " in the zone ", apex.text(), "; `signpost get records ", arguments.zone,
                   "` lists them");
}

}  // namespace

absl::StatusOr<int> record_set(Session& session, const RecordArguments& arguments) {
  v1::RecordSet set;
  set.set_name(arguments.name);
  set.set_type(arguments.type);
  set.set_ttl(arguments.ttl);
  for (const std::string& value : arguments.values) set.add_records(value);
  return change(session, arguments, v1::RecordSetChange::UPSERT, std::move(set));
}

absl::StatusOr<int> record_delete(Session& session, const RecordArguments& arguments) {
  ASSIGN_OR_RETURN(v1::RecordSet set, find(session, arguments));
  return change(session, arguments, v1::RecordSetChange::DELETE, std::move(set));
}

}  // namespace signpost::cli
