#include "signpost/session.h"

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <ctime>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "signpost/config_writer.h"

namespace signpost::cli {

std::string Session::paint(Colour colour, const std::string& text) const {
  if (!colours) return text;
  switch (colour) {
    case Colour::kNone:
      return text;
    case Colour::kRed:
      return "\033[31m" + text + "\033[0m";
    case Colour::kGreen:
      return "\033[32m" + text + "\033[0m";
    case Colour::kYellow:
      return "\033[33m" + text + "\033[0m";
    case Colour::kBold:
      return "\033[1m" + text + "\033[0m";
  }
  return text;
}

void Session::print(Format format, const google::protobuf::Message& message) {
  out << (format == Format::kJson ? to_json(message) : to_yaml(message));
}

std::string format_time(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) return "-";
  const std::time_t seconds = time.seconds();
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "-";
  return absl::StrFormat("%04d-%02d-%02d %02d:%02d:%02dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                         utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  return text;
}

std::string count_text(std::uint64_t count, const std::string& noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return absl::StrFormat("%.1f %%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

}  // namespace signpost::cli
