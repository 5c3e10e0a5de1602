#include "base/log.h"

#include <fmt/chrono.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <memory>

#include "base/status.h"

namespace signpost::log {
namespace {

constexpr std::chrono::nanoseconds kBetweenLines = std::chrono::seconds(1);

bool is_control(char octet) { return static_cast<unsigned char>(octet) < 0x20 || octet == 0x7f; }

class LineFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(line.time);
    const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(line.time - seconds);
    const auto level = spdlog::level::to_string_view(line.level);
    fmt::format_to(std::back_inserter(out), "{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} ",
                   fmt::gmtime(spdlog::log_clock::to_time_t(seconds)), millis.count(),
                   fmt::string_view(level.data(), level.size()));
    for (const char octet : line.payload) {
      if (is_control(octet)) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(octet));
      } else {
        out.push_back(octet);
      }
    }
    out.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>();
  }
};

bool needs_quotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos;
}

void append_value(std::string& line, std::string_view value) {
  if (!needs_quotes(value)) {
    line.append(value);
    return;
  }
  line.push_back('"');
  for (const char octet : value) {
    if (octet == '"' || octet == '\\') line.push_back('\\');
    line.push_back(octet);
  }
  line.push_back('"');
}

std::string join(std::string_view message, Fields fields) {
  std::string line(message);
  for (const Field& field : fields) {
    line.push_back(' ');
    line.append(field.key).push_back('=');
    append_value(line, field.value);
  }
  return line;
}

}  // namespace

absl::Status initialise(std::string_view level) {
  const spdlog::level::level_enum known = spdlog::level::from_str(std::string(level));
  if (level != "debug" && level != "info" && level != "warning" && level != "error")
    return invalid_argument("log level \"", std::string(level),
                            "\" is not known; use debug, info, warning or error");
  auto logger = std::make_shared<spdlog::logger>("signpost",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<LineFormatter>());
  logger->set_level(known);
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

void debug(std::string_view message, Fields fields) { spdlog::debug("{}", join(message, fields)); }
void info(std::string_view message, Fields fields) { spdlog::info("{}", join(message, fields)); }
void warning(std::string_view message, Fields fields) { spdlog::warn("{}", join(message, fields)); }
void error(std::string_view message, Fields fields) { spdlog::error("{}", join(message, fields)); }

bool debug_enabled() { return spdlog::should_log(spdlog::level::debug); }

std::optional<std::uint64_t> RateLimit::admit(std::chrono::steady_clock::time_point now) {
  const std::int64_t now_ns =
      std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  std::int64_t next = next_ns_.load(std::memory_order_relaxed);
  if (now_ns < next || !next_ns_.compare_exchange_strong(next, now_ns + kBetweenLines.count())) {
    held_back_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  return held_back_.exchange(0, std::memory_order_relaxed);
}

void warning(RateLimit& limit, std::string_view message, Fields fields) {
  const auto held_back = limit.admit(std::chrono::steady_clock::now());
  if (!held_back) return;
  std::string line = join(message, fields);
  if (*held_back > 0) line += " held_back=" + std::to_string(*held_back);
  spdlog::warn("{}", line);
}

}  // namespace signpost::log
