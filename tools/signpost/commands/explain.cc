#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "signpost/commands/read.h"
#include "signpost/failover_text.h"
#include "signpost/location_output.h"
#include "signpost/table.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

std::string distribution_text(v1::Distribution distribution) {
  switch (distribution) {
    case v1::DISTRIBUTION_RANDOM:
      return "drawn at random";
    case v1::DISTRIBUTION_STICKY:
      return "the same for the same client prefix";
    default:
      return "handed out in turn";
  }
}

// In percentage points.
std::string share_error_text(double error) {
  if (error == 0) return "shares exact";
  return absl::StrFormat("shares off by at most %.2g points", 100 * error);
}

void print_head(Session& session, const v1::ExplainResponse& answer, const std::string& client) {
  session.out << session.paint(Colour::kBold, absl::StrCat(answer.name(), " ", answer.type()))
              << "  " << answer.rcode();
  if (answer.outcome() != answer.rcode())
    session.out << ", " << absl::AsciiStrToLower(answer.outcome());
  session.out << "\n";
  if (!answer.zone().empty()) session.out << "  zone        " << answer.zone() << "\n";
  if (!answer.view().empty()) session.out << "  view        " << answer.view() << "\n";
  session.out << "  client      " << (client.empty() ? "any" : client);
  if (answer.has_location()) session.out << ", " << printable(place_text(answer.location()));
  session.out << "\n";
  if (answer.by_location() || !client.empty())
    session.out << "  scope       /" << answer.scope_prefix_length() << ": "
                << (answer.by_location() ? "the answer depends on where the client is"
                                         : "the same for clients everywhere")
                << "\n";
  session.out << "  generation  " << answer.generation() << ", answer table "
              << answer.table_generation() << "\n"
              << "  fast path   " << (answer.fast_path() ? "yes" : "no");
  if (!answer.fast_path_reason().empty()) session.out << ": " << answer.fast_path_reason();
  session.out << "\n";
  if (answer.ring_slots() > 0)
    session.out << "  ring        " << answer.ring_slots() << " slots, "
                << distribution_text(answer.distribution()) << ", "
                << share_error_text(answer.share_error()) << "\n";
  if (answer.has_failover_time())
    session.out << "  failover    " << failover_text(answer.failover_time()) << "\n";
}

void print_steps(Session& session, const v1::ExplainResponse& answer) {
  if (answer.steps_size() == 0) return;
  session.out << "\nsteps\n";
  for (const v1::ExplainStep& step : answer.steps())
    session.out << std::string(2 + 2 * std::size_t{step.depth()}, ' ') << step.text() << "\n";
}

void print_section(Session& session, const char* name,
                   const google::protobuf::RepeatedPtrField<std::string>& records) {
  for (const std::string& record : records) session.out << "    " << name << "  " << record << "\n";
}

void print_variants(Session& session, const v1::ExplainResponse& answer) {
  if (answer.variants_size() == 0) return;
  session.out << "\nanswers\n";
  for (const v1::ExplainVariant& variant : answer.variants()) {
    session.out << "  " << percent(variant.share_numerator(), variant.share_denominator()) << " ("
                << variant.share_numerator() << "/" << variant.share_denominator() << ")";
    if (answer.share_error() > 0)
      session.out << absl::StrFormat(", %.4g %% wanted", 100 * variant.wanted_share());
    if (variant.for_this_client()) session.out << ", this client's";
    if (!variant.choice().empty())
      session.out << "  " << session.paint(Colour::kBold, variant.choice());
    if (variant.answers_given() > 0)
      session.out << ", given " << variant.answers_given() << " times";
    session.out << "\n";
    print_section(session, "answer    ", variant.answer());
    print_section(session, "authority ", variant.authority());
    print_section(session, "additional", variant.additional());
  }
}

}  // namespace

absl::StatusOr<int> explain(Session& session, const ExplainArguments& arguments) {
  v1::ExplainRequest request;
  request.set_name(arguments.name);
  request.set_type(arguments.type);
  request.set_client(arguments.client);
  ASSIGN_OR_RETURN(const v1::ExplainResponse answer, session.client.explain(request));
  if (arguments.format != Format::kTable) {
    session.print(arguments.format, answer);
    return kDone;
  }
  print_head(session, answer, arguments.client);
  print_steps(session, answer);
  print_variants(session, answer);
  if (!answer.failover_time().warning().empty())
    session.warn(std::vector<std::string>{answer.failover_time().warning()});
  return kDone;
}

}  // namespace signpost::cli
