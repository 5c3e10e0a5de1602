// Log lines for people and for machines: one line each on stderr, `time level message key=value …`.
// Never per packet.
#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace signpost::log {

// Sends the lines of this process to stderr from `level` ("debug", "info", "warning" or "error")
// upwards, those of spdlog's own functions included. Control characters in a line are escaped, so
// that nothing logged can forge a second line. INVALID_ARGUMENT for any other level; nothing
// changes then.
absl::Status initialise(std::string_view level);

// `key=value` at the end of a line. Values with spaces, quotes or '=' are quoted.
struct Field {
  Field(std::string_view field_key, std::string_view text) : key(field_key), value(text) {}
  Field(std::string_view field_key, const char* text) : key(field_key), value(text) {}
  Field(std::string_view field_key, bool flag) : key(field_key), value(flag ? "true" : "false") {}
  template <std::integral Integer>
  Field(std::string_view field_key, Integer number)
      : key(field_key), value(std::to_string(number)) {}

  std::string_view key;
  std::string value;
};
using Fields = std::initializer_list<Field>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warning(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

// True if debug() writes: ask before a costly line is put together.
bool debug_enabled();

// One line a second from one place, however often it is reached. Make it `static` there. Safe from
// any thread.
class RateLimit {
 public:
  // How many lines were held back since the last one that was let through; nothing if this one is
  // to be held back.
  std::optional<std::uint64_t> admit(std::chrono::steady_clock::time_point now);

 private:
  std::atomic<std::int64_t> next_ns_{INT64_MIN};
  std::atomic<std::uint64_t> held_back_{0};
};

// As warning(), at most once a second per `limit`; adds `held_back=N` if lines were.
void warning(RateLimit& limit, std::string_view message, Fields fields = {});

}  // namespace signpost::log
