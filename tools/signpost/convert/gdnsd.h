// gdnsd's configuration and zones to Signpost's.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "signpost/convert/conversion.h"

namespace signpost::cli::convert {

// `path` is gdnsd's folder, as /etc/gdnsd, or the file `config` in it; zones are in `zones` beside
// that. INVALID_ARGUMENT "FILE:LINE: PATH: what is wrong".
absl::Status convert_gdnsd(const std::string& path, Conversion& out);

}  // namespace signpost::cli::convert
