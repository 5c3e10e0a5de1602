#include "signpost/commands/top.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "signpost/table.h"
#include "signpost/v1/traffic.pb.h"

namespace signpost::cli {
namespace {

// Takes the terminal's cursor to its first line; clears what is behind it.
constexpr const char* kHome = "\x1b[H";
constexpr const char* kClearScreen = "\x1b[2J";
constexpr const char* kClearLine = "\x1b[K";
constexpr const char* kClearBehind = "\x1b[J";

constexpr std::size_t kBarWidth = 20;
constexpr std::size_t kReplyLines = 8;

// "1,234,567 /s"; a decimal below 10.
std::string rate_text(std::uint64_t count, double seconds) {
  const double rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  if (rate < 9.95) return absl::StrFormat("%.1f /s", rate);
  std::string digits = absl::StrCat(std::llround(rate));
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits + " /s";
}

// A part of the whole as a bar: "█████".
std::string bar(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "";
  const auto blocks = static_cast<std::size_t>(std::llround(
      static_cast<double>(kBarWidth) * static_cast<double>(part) / static_cast<double>(whole)));
  std::string text;
  for (std::size_t i = 0; i < std::min(blocks, kBarWidth); ++i) text += "█";
  return text;
}

// Draws over the picture before. What has no room on the terminal is left off at the end.
void draw(std::ostream& out, const std::string& text, bool first) {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1;
  const std::size_t rows = known ? size.ws_row - 1u : SIZE_MAX;
  const std::vector<std::string> lines = absl::StrSplit(absl::StripSuffix(text, "\n"), '\n');
  out << (first ? kClearScreen : "") << kHome;
  for (std::size_t i = 0; i < std::min(rows, lines.size()); ++i)
    out << lines[i] << kClearLine << "\n";
  out << kClearBehind;
}

std::uint64_t replies_of(const v1::TrafficReading& reading, const std::string& path) {
  std::uint64_t sum = 0;
  for (const v1::ReplyTraffic& line : reading.replies())
    if (path.empty() || line.path() == path) sum += line.replies();
  return sum;
}

std::string paths_text(const Session& session, const v1::TrafficReading& reading) {
  const std::uint64_t all = replies_of(reading, "");
  std::string text = absl::StrCat(
      session.paint(Colour::kBold, "answers " + rate_text(all, reading.seconds())), "   ");
  for (const char* path : {"fast", "slow"}) {
    const std::uint64_t replies = replies_of(reading, path);
    absl::StrAppend(&text, path, " path ", rate_text(replies, reading.seconds()), " (",
                    percent(replies, all), ")   ");
  }
  return text + absl::StrCat("generation ", reading.generation(), ", table ",
                             reading.table_generation(), "   ", format_time(reading.time()), "\n");
}

std::string section(const std::string& text) { return text.empty() ? "" : "\n" + text; }

// A table of what came how often, with the shares of all; empty without a line.
class Shares {
 public:
  Shares(const char* title, const v1::TrafficReading& reading, std::uint64_t all)
      : seconds_(reading.seconds()),
        all_(all),
        table_({{title}, {"RATE", Align::kRight}, {"SHARE", Align::kRight}, {""}}) {}

  void add(const std::string& what, std::uint64_t count) {
    table_.add_row({what, rate_text(count, seconds_), percent(count, all_), bar(count, all_)});
  }
  std::string text() const { return table_.empty() ? "" : table_.text(); }

 private:
  double seconds_;
  std::uint64_t all_;
  Table table_;
};

// Both paths together, the most first.
std::string replies_text(const v1::TrafficReading& reading) {
  std::map<std::string, std::uint64_t> sums;
  for (const v1::ReplyTraffic& line : reading.replies())
    sums[absl::StrCat(line.type(), " ", line.rcode(), " ", line.outcome())] += line.replies();
  std::vector<std::pair<std::string, std::uint64_t>> kinds(sums.begin(), sums.end());
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (kinds.size() > kReplyLines) kinds.resize(kReplyLines);
  Shares shares("REPLIES", reading, replies_of(reading, ""));
  for (const auto& [kind, replies] : kinds) shares.add(kind, replies);
  return shares.text();
}

std::string endpoints_text(const v1::TrafficReading& reading) {
  Shares shares("ENDPOINT", reading, reading.endpoint_answers());
  for (const v1::EndpointTraffic& line : reading.endpoints())
    shares.add(line.endpoint(), line.answers());
  return shares.text();
}

std::string choices_text(const v1::TrafficReading& reading) {
  Table table(
      {{"RECORD SET"}, {"TYPE"}, {"RATE", Align::kRight}, {"SHARE", Align::kRight}, {"CHOICE"}});
  for (const v1::ChoiceTraffic& line : reading.choices())
    table.add_row({line.name(), line.type().empty() ? "other" : line.type(),
                   rate_text(line.answers(), reading.seconds()),
                   percent(line.answers(), reading.choice_answers()), line.choice()});
  return table.empty() ? "" : table.text();
}

std::string names_text(const v1::TrafficReading& reading) {
  Shares shares("NAME ASKED FOR", reading, reading.queries());
  for (const v1::NameTraffic& line : reading.names()) shares.add(line.name(), line.queries());
  return shares.text();
}

std::string prefixes_text(const v1::TrafficReading& reading) {
  Shares shares("CLIENTS", reading, reading.queries());
  for (const v1::PrefixTraffic& line : reading.prefixes())
    shares.add(line.prefix(), line.queries());
  return shares.text();
}

std::string passes_text(const v1::TrafficReading& reading) {
  Table table({{"PASSED FOR"}, {"RATE", Align::kRight}});
  for (const v1::PassTraffic& line : reading.passes())
    table.add_row({line.reason(), rate_text(line.packets(), reading.seconds())});
  return table.empty() ? "" : table.text();
}

}  // namespace

std::string picture(const Session& session, const v1::TrafficReading& reading) {
  return absl::StrCat(paths_text(session, reading), section(replies_text(reading)),
                      section(endpoints_text(reading)), section(choices_text(reading)),
                      section(names_text(reading)), section(prefixes_text(reading)),
                      section(passes_text(reading)));
}

absl::StatusOr<int> top(Session& session, const TopArguments& arguments) {
  v1::WatchTrafficRequest request;
  request.set_interval_milliseconds(
      static_cast<std::uint32_t>(std::llround(arguments.interval * 1000)));
  request.set_top(arguments.lines);
  const bool drawn = arguments.format == Format::kTable;
  const std::uint64_t count = arguments.count != 0 || drawn ? arguments.count : 1;
  std::uint64_t seen = 0;
  RETURN_IF_ERROR(session.client.watch_traffic(request, [&](const v1::TrafficReading& reading) {
    if (!drawn) {
      session.print(arguments.format, reading);
    } else if (session.colours) {
      draw(session.out, picture(session, reading), seen == 0);
    } else {
      session.out << (seen == 0 ? "" : "\n") << picture(session, reading);
    }
    session.out.flush();
    return ++seen != count;
  }));
  return kDone;
}

}  // namespace signpost::cli
