#include "datapath/bpf_log.h"

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/log.h"

namespace signpost::datapath {
namespace {

// The verifier's log comes as one text of many lines.
int print(const char* library, const char* format, va_list arguments) {
  if (!log::debug_enabled()) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return length;
  std::string text(static_cast<std::size_t>(length) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, arguments);
  text.pop_back();
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end != 0) log::debug(rest.substr(0, end), {{"library", library}});
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return length;
}

int print_libbpf(enum libbpf_print_level, const char* format, va_list arguments) {
  return print("libbpf", format, arguments);
}

int print_libxdp(enum libxdp_print_level, const char* format, va_list arguments) {
  return print("libxdp", format, arguments);
}

}  // namespace

void redirect_bpf_log() {
  libbpf_set_print(print_libbpf);
  libxdp_set_print(print_libxdp);
}

}  // namespace signpost::datapath
