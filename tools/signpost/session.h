// What every command is given: the daemon, and where to write.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "signpost/client.h"

namespace google::protobuf {
class Message;
class Timestamp;
}  // namespace google::protobuf

namespace signpost::cli {

enum class Format { kTable, kJson, kYaml };

// Exit codes (design.md section 7).
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kDiffers = 3;

enum class Colour { kNone, kRed, kGreen, kYellow, kBold };

struct Session {
  std::ostream& out;
  std::ostream& err;
  bool colours = false;       // `out` is a terminal
  bool err_terminal = false;  // `err` is one
  ClientOptions options;
  Client client{options};

  // The text in a colour, where colours are shown.
  std::string paint(Colour colour, const std::string& text) const;

  // Writes a message as JSON or YAML. Requires a format other than kTable.
  void print(Format format, const google::protobuf::Message& message);

  // Tells of each warning on the error stream.
  template <typename Strings>
  void warn(const Strings& warnings);
};

// A command with its arguments; returns the exit code. An error is told by the caller, which then
// exits with kFailed.
using Command = std::function<absl::StatusOr<int>(Session&)>;

// "2026-08-03 14:05:09Z"; "-" for a time that was not set.
std::string format_time(const google::protobuf::Timestamp& time);

// Text of files and of the daemon without what could steer a terminal: control characters become
// "?".
std::string printable(std::string text);

// "1 zone", "3 zones".
std::string count_text(std::uint64_t count, const std::string& noun);

// "42.0 %"; "-" of nothing.
std::string percent(std::uint64_t part, std::uint64_t whole);

template <typename Strings>
void Session::warn(const Strings& warnings) {
  for (const auto& warning : warnings) err << "signpost: warning: " << printable(warning) << "\n";
}

}  // namespace signpost::cli
