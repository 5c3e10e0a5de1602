#include "signpost/commands/notices.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "signpost/commands/show.h"
#include "signpost/config_writer.h"
#include "signpost/pages.h"
#include "signpost/table.h"
#include "signpost/v1/notices.pb.h"

namespace signpost::cli {
namespace {

// On one line, as webhooks get it.
std::string json_line(const v1::Notice& notice) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string line;
  const auto written = google::protobuf::util::MessageToJsonString(notice, &line, options);
  return written.ok() ? line + "\n" : "";
}

std::string text_line(const Session& session, const v1::Notice& notice) {
  std::string word = "info";
  Colour colour = Colour::kGreen;
  if (notice.severity() == v1::Notice::WARNING) {
    word = "warning";
    colour = Colour::kYellow;
  } else if (notice.severity() == v1::Notice::CRITICAL) {
    word = "critical";
    colour = Colour::kRed;
  }
  return absl::StrCat(format_time(notice.time()), absl::StrFormat("  %6d  ", notice.number()),
                      session.paint(colour, absl::StrFormat("%-8s", word)), "  ",
                      printable(notice.summary()), "\n");
}

void print(Session& session, const WatchArguments& arguments, const v1::Notice& notice) {
  switch (arguments.format) {
    case Format::kTable:
      session.out << text_line(session, notice);
      break;
    case Format::kJson:
      session.out << json_line(notice);
      break;
    case Format::kYaml:
      session.out << "---\n" << to_yaml(notice);
      break;
  }
  session.out.flush();
}

std::string way_text(const v1::NoticeReceiver& receiver) {
  if (receiver.has_webhook()) return receiver.webhook().url();
  return "command " + absl::StrJoin(receiver.command().command(), " ");
}

}  // namespace

absl::StatusOr<int> watch(Session& session, const WatchArguments& arguments) {
  v1::WatchNoticesRequest request;
  if (arguments.after) request.set_after(*arguments.after);
  std::uint64_t seen = 0;
  RETURN_IF_ERROR(
      session.client.watch_notices(request, [&](const v1::WatchNoticesResponse& response) {
        if (response.missed() > 0)
          session.warn(
              std::vector<std::string>{absl::StrCat(count_text(response.missed(), "notice"),
                                                    " before this are no longer "
                                                    "kept")});
        print(session, arguments, response.notice());
        return ++seen != arguments.count;
      }));
  return kDone;
}

absl::StatusOr<int> get_notice_receivers(Session& session, Format format) {
  ASSIGN_OR_RETURN(const auto receivers, all_pages(session.client, &Client::list_notice_receivers,
                                                   v1::ListNoticeReceiversRequest()));
  Table table({{"NOTICE RECEIVER"},
               {"WAITING", Align::kRight},
               {"SENT", Align::kRight},
               {"FAILED", Align::kRight},
               {"REFUSED", Align::kRight},
               {"DROPPED", Align::kRight},
               {"LAST SENT"},
               {"WAY"},
               {"LAST ERROR"}});
  for (const auto& item : receivers.items())
    table.add_row({item.notice_receiver().id(), absl::StrCat(item.waiting()),
                   absl::StrCat(item.sent()), absl::StrCat(item.failed()),
                   absl::StrCat(item.refused()), absl::StrCat(item.dropped()),
                   format_time(item.last_sent()), way_text(item.notice_receiver()),
                   or_dash(item.last_error())});
  return show(session, format, receivers, table, "no notice receivers");
}

}  // namespace signpost::cli
