#include "datapath/bpf_log.h"

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string>

namespace signpost::datapath {
namespace {

std::mutex guard;
std::function<void(BpfLogLevel, std::string_view)> sink;

int print(BpfLogLevel level, const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return length;
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, arguments);
  text.resize(text.find_last_not_of(std::string("\n\0", 2)) + 1);
  const std::lock_guard lock(guard);
  if (sink) sink(level, text);
  return length;
}

int print_libbpf(enum libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_WARN) return print(BpfLogLevel::kWarning, format, arguments);
  return print(level == LIBBPF_INFO ? BpfLogLevel::kInfo : BpfLogLevel::kDebug, format, arguments);
}

int print_libxdp(enum libxdp_print_level level, const char* format, va_list arguments) {
  if (level == LIBXDP_WARN) return print(BpfLogLevel::kWarning, format, arguments);
  return print(level == LIBXDP_INFO ? BpfLogLevel::kInfo : BpfLogLevel::kDebug, format, arguments);
}

}  // namespace

void set_bpf_log(std::function<void(BpfLogLevel, std::string_view)> new_sink) {
  const std::lock_guard lock(guard);
  sink = std::move(new_sink);
}

void redirect_bpf_log() {
  libbpf_set_print(print_libbpf);
  libxdp_set_print(print_libxdp);
}

}  // namespace signpost::datapath
