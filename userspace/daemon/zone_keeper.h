// Has the server transfer the zones that are served, by keys whose secrets lie in files, tell
// others of their changes, and pass questions on by the rules of the configuration.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/tsig.h"
#include "model/config.h"
#include "server/live_zones.h"
#include "server/notifier.h"

namespace signpost::daemon {

// Any thread may call.
class ZoneKeeper {
 public:
  // The references must outlive the keeper.
  ZoneKeeper(std::string secrets_folder, server::LiveZones& live, server::Notifier& notifier);

  // Makes this the configuration that zones are transferred from; `changed`: the zones that differ
  // from the former. A key whose secret can't be read is logged, and not known to the server.
  void serve(const model::Config& config, const std::vector<dns::Name>& changed);

  // The same configuration, with secrets as they are now.
  void refresh();

 private:
  void read_keys();
  void publish();

  const std::string secrets_folder_;
  server::LiveZones& live_;
  server::Notifier& notifier_;
  std::mutex mutex_;
  model::Config config_;
  std::vector<model::TsigKeyPtr> listed_;  // that keys_ were read for
  dns::TsigKeys keys_;
  std::vector<model::ForwardRulePtr> ruling_;  // that rules_ was made of
  forward::Rules rules_;
};

// The key with its secret, of base64 in a file. FAILED_PRECONDITION names the file.
absl::StatusOr<dns::TsigKey> read_tsig_key(const std::string& secrets_folder,
                                           const model::TsigKey& key);

}  // namespace signpost::daemon
