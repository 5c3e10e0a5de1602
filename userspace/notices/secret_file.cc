#include "notices/secret_file.h"

#include <fstream>

#include "base/status.h"

namespace signpost::notices {

absl::StatusOr<std::string> read_secret(const std::string& folder, const std::string& name) {
  const std::string path = absl::StrCat(folder, "/", name);
  std::ifstream file(path);
  std::string secret;
  if (!std::getline(file, secret) || secret.empty()) {
    return failed_precondition("there is no secret in ", path,
                               "; write it there, readable for signpostd alone");
  }
  return secret;
}

}  // namespace signpost::notices
