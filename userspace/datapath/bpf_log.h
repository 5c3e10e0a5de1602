// What libbpf and libxdp print, such as the verifier's log.
#pragma once

namespace signpost::datapath {

// Sends all that the libraries say from now on to the log, as debug lines: what matters of it is in
// our own errors. Called by whatever uses the libraries.
void redirect_bpf_log();

}  // namespace signpost::datapath
