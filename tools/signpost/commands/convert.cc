#include "signpost/commands/convert.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "signpost/config_writer.h"
#include "signpost/convert/conversion.h"
#include "signpost/convert/gdnsd.h"
#include "signpost/convert/route53.h"

namespace signpost::cli {
namespace {

namespace fs = std::filesystem;

// The file of a zone: "/" may be in names, as of RFC 2317.
std::string file_of(const std::string& zone) {
  std::string name = zone == "." ? "root" : zone;
  std::replace(name.begin(), name.end(), '/', '@');
  return name + ".yaml";
}

absl::Status write_new(const fs::path& path, const std::string& text) {
  std::error_code error;
  if (fs::exists(path, error))
    return invalid_argument(path.string(), ": is there already; remove it, or give another folder");
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  return file ? absl::OkStatus() : invalid_argument(path.string(), ": ", std::strerror(errno));
}

// Takes the zones out of the configuration. They do not move: comments know them by their places.
absl::Status write_folder(const std::string& folder, convert::Conversion& conversion) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return invalid_argument(folder, ": ", error.message());
  auto& zones = *conversion.config.mutable_zones();
  while (!zones.empty()) {
    v1::Config part;
    part.mutable_zones()->AddAllocated(zones.ReleaseLast());
    RETURN_IF_ERROR(write_new(fs::path(folder) / file_of(part.zones(0).name()),
                              to_yaml(part, conversion.comments())));
  }
  const std::string shared = to_yaml(conversion.config, conversion.comments());
  return shared == to_yaml(v1::Config()) ? absl::OkStatus()
                                         : write_new(fs::path(folder) / "shared.yaml", shared);
}

absl::StatusOr<int> write(Session& session, const ConvertArguments& arguments,
                          convert::Conversion& conversion) {
  session.warn(conversion.left_out());
  if (arguments.folder.empty()) {
    session.out << to_yaml(conversion.config, conversion.comments());
  } else {
    RETURN_IF_ERROR(write_folder(arguments.folder, conversion));
  }
  return arguments.strict && !conversion.left_out().empty() ? kDiffers : kDone;
}

}  // namespace

absl::StatusOr<int> convert_gdnsd_files(Session& session, const ConvertArguments& arguments) {
  convert::Conversion conversion;
  RETURN_IF_ERROR(convert::convert_gdnsd(arguments.files.front(), conversion));
  return write(session, arguments, conversion);
}

absl::StatusOr<int> convert_route53_files(Session& session, const ConvertArguments& arguments) {
  convert::Conversion conversion;
  RETURN_IF_ERROR(convert::convert_route53({arguments.files, arguments.name_servers}, conversion));
  return write(session, arguments, conversion);
}

}  // namespace signpost::cli
