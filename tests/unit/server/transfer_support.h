// Zones to transfer, and reading what a transfer gives.
#pragma once

#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dns/message_reader.h"
#include "dns/octets.h"
#include "dns/rdata.h"
#include "dns/tsig.h"
#include "server/live_zones.h"
#include "tests/support/config_builder.h"
#include "tests/unit/server/wire.h"

namespace signpost::testing {

inline dns::TsigKey tsig_key(const std::string& key_name = "xfr.example.") {
  return {name(key_name), dns::TsigAlgorithm::kHmacSha256, std::string(32, 's')};
}

// A zone example.com with its apex and www, and who may have it.
inline model::ChangeBatch zone_with(const model::ZoneAccess& transfer, std::uint32_t serial = 1) {
  BatchBuilder batch;
  batch.zone("example.com.", 1, serial)
      .simple("example.com.", "www.example.com.", dns::RRType::kA, {"192.0.2.1"});
  model::ChangeBatch changes = batch.batch();
  changes.changes.emplace_back(model::PutTsigKey{std::make_shared<const model::TsigKey>(
      model::TsigKey{.name = name("xfr.example."), .secret = "f"})});
  changes.changes.emplace_back(
      model::PutZoneAccess{std::make_shared<const model::ZoneAccess>(transfer)});
  return changes;
}

// Everybody on the loopback address, and who has the key.
inline model::ZoneAccess to_loopback_or_key() {
  model::ZoneAccess transfer;
  transfer.transfer.push_back({model::Prefix::parse("127.0.0.0/8").value(), std::nullopt});
  transfer.transfer.push_back({std::nullopt, name("xfr.example.")});
  return transfer;
}

inline server::ServedZonesPtr served(const model::Config& config) {
  const dns::TsigKey key = tsig_key();
  return std::make_shared<const server::ServedZones>(
      server::ServedZones{config, {{key.name, key}}});
}

// "www.example.com. 60 A 192.0.2.1"
inline std::string text_of(const dns::MessageRecord& record) {
  return absl::StrCat(record.owner.text(), " ", record.ttl, " ", dns::to_text(record.type), " ",
                      dns::format_rdata(record.type, record.rdata));
}

inline std::optional<dns::Tsig> tsig_of(const std::string& message) {
  const auto records = dns::read_message_records(message, dns::read_message_head(message).value());
  if (!records.ok() || records->additionals.empty()) return std::nullopt;
  const dns::MessageRecord& last = records->additionals.back();
  if (last.type != dns::RRType::kTsig) return std::nullopt;
  return dns::read_tsig(last.owner, last.rdata, last.at);
}

inline std::vector<std::string> answers_of(const std::string& message) {
  std::vector<std::string> texts;
  const auto records = dns::read_message_records(message, dns::read_message_head(message).value());
  EXPECT_TRUE(records.ok()) << records.status();
  for (const dns::MessageRecord& record : records->answers) texts.push_back(text_of(record));
  return texts;
}

// The messages that TCP carries.
inline std::vector<std::string> unframed(const std::vector<std::uint8_t>& octets) {
  std::vector<std::string> messages;
  std::string_view left(reinterpret_cast<const char*>(octets.data()), octets.size());
  while (left.size() >= 2) {
    const std::size_t size = dns::load_u16(left, 0);
    EXPECT_LE(size + 2, left.size());
    messages.emplace_back(left.substr(2, size));
    left.remove_prefix(std::min(size + 2, left.size()));
  }
  EXPECT_TRUE(left.empty());
  return messages;
}

// The query with a signature; `mac` gets what a reply has to cover.
inline std::string signed_query(std::string message, const dns::TsigKey& key, std::uint64_t now,
                                std::string* mac = nullptr) {
  dns::TsigSigner signer(key);
  dns::append_tsig(message, signer, now);
  if (mac != nullptr) *mac = signer.mac();
  return message;
}

}  // namespace signpost::testing
