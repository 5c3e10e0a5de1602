// Master files, which may include themselves: what is accepted is written so that it reads back the
// same.
#include "dns/master_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using signpost::dns::Name;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto include = [&](std::string_view path) -> absl::StatusOr<std::string> {
    if (path == "half") return std::string(input.substr(0, size / 2));
    if (path == "rest") return std::string(input.substr(size / 2));
    return absl::NotFoundError("no such file");
  };
  const Name origin = Name::parse("example.com.").value();
  const auto records = signpost::dns::parse_master_file(input, {"fuzz", origin, include});
  if (!records.ok()) {
    require(records.status().message().find(": ") != std::string::npos);
    return 0;
  }
  const std::string text = signpost::dns::format_master_file(*records);
  const auto again = signpost::dns::parse_master_file(text, {"again", Name(), {}});
  require(again.ok() && again->size() == records->size());
  require(signpost::dns::format_master_file(*again) == text);
  return 0;
}
