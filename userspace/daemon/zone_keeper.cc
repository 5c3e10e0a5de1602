#include "daemon/zone_keeper.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "model/values_of.h"
#include "notices/secret_file.h"

namespace signpost::daemon {
namespace {

// Half of the shortest MAC; RFC 8945 section 10 advises against less.
constexpr std::size_t kSecretOctetsLeast = 16;

}  // namespace

absl::StatusOr<dns::TsigKey> read_tsig_key(const std::string& secrets_folder,
                                           const model::TsigKey& key) {
  ASSIGN_OR_RETURN(const std::string text, notices::read_secret(secrets_folder, key.secret));
  dns::TsigKey out{key.name, key.algorithm, {}};
  const auto digits = absl::StripAsciiWhitespace(text);
  if (!absl::Base64Unescape(digits, &out.secret) || out.secret.size() < kSecretOctetsLeast)
    return failed_precondition("the secret in ", secrets_folder, "/", key.secret,
                               " must be base64 of at least ", kSecretOctetsLeast,
                               " octets; make one by `openssl rand -base64 32`");
  return out;
}

ZoneKeeper::ZoneKeeper(std::string secrets_folder, server::LiveZones& live,
                       server::Notifier& notifier)
    : secrets_folder_(std::move(secrets_folder)), live_(live), notifier_(notifier) {}

void ZoneKeeper::serve(const model::Config& config, const std::vector<dns::Name>& changed) {
  std::lock_guard lock(mutex_);
  config_ = config;
  if (listed_ != model::values_of(config_.tsig_keys)) read_keys();
  if (std::vector ruling = model::values_of(config_.forward_rules); ruling != ruling_) {
    ruling_ = std::move(ruling);
    rules_ = forward::Rules(ruling_);
  }
  publish();
  notifier_.zones_changed(changed);
}

void ZoneKeeper::refresh() {
  std::lock_guard lock(mutex_);
  read_keys();
  publish();
}

void ZoneKeeper::read_keys() {
  listed_ = model::values_of(config_.tsig_keys);
  keys_.clear();
  for (const model::TsigKeyPtr& key : listed_) {
    absl::StatusOr<dns::TsigKey> read = read_tsig_key(secrets_folder_, *key);
    if (read.ok()) {
      keys_[key->name] = *std::move(read);
    } else {
      log::warning("a TSIG key is of no use",
                   {{"key", key->name.text()}, {"error", std::string(read.status().message())}});
    }
  }
}

void ZoneKeeper::publish() {
  live_.store(
      std::make_shared<const server::ServedZones>(server::ServedZones{config_, keys_, rules_}));
}

}  // namespace signpost::daemon
