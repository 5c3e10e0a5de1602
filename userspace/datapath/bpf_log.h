// What libbpf and libxdp print, such as the verifier's log.
#pragma once

#include <functional>
#include <string_view>

namespace signpost::datapath {

enum class BpfLogLevel { kWarning, kInfo, kDebug };

// Sends all that the libraries say from now on to `sink`, a line or more at a time, from any
// thread. Without a call they say nothing.
void set_bpf_log(std::function<void(BpfLogLevel level, std::string_view text)> sink);

// Puts the redirection in force; called by whatever uses the libraries.
void redirect_bpf_log();

}  // namespace signpost::datapath
