// What a primary sends of example.com.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "dns/message_reader.h"
#include "dns/tsig.h"
#include "secondary/sent_query.h"
#include "tests/unit/upstream/messages.h"

namespace signpost::secondary {

using upstream::name;
using upstream::TestRecord;

inline constexpr std::uint64_t kNow = 1'700'000'000;

inline TestRecord soa(std::uint32_t serial, const std::string& timers = "7200 900 1209600 300") {
  return {"example.com.", dns::RRType::kSoa, 900,
          absl::StrCat("ns1.example.com. hostmaster.example.com. ", serial, " ", timers)};
}

inline TestRecord ns() { return {"example.com.", dns::RRType::kNs, 300, "ns1.example.com."}; }

inline TestRecord address(const std::string& owner, const std::string& text) {
  return {owner, dns::RRType::kA, 60, text};
}

inline std::string reply(const std::string& query, const std::vector<TestRecord>& answers) {
  std::string message = upstream::reply_to(query, {.answers = answers});
  message[2] |= 4;  // AA
  return message;
}

inline dns::TsigKey key(char secret = 's') {
  return {name("xfr.example."), dns::TsigAlgorithm::kHmacSha256, std::string(32, secret)};
}

// The SOA of the zone as it is held.
inline dns::Soa held(std::uint32_t serial, const std::string& timers = "7200 900 1209600 300") {
  return dns::parse_soa(upstream::rdata(dns::RRType::kSoa, soa(serial, timers).rdata)).value();
}

inline SentQuery axfr(const std::optional<dns::TsigKey>& signed_by = std::nullopt) {
  return make_query(name("example.com."), dns::RRType::kAxfr, std::nullopt, signed_by, kNow);
}

inline SentQuery ixfr(std::uint32_t serial) {
  return make_query(name("example.com."), dns::RRType::kIxfr, held(serial), std::nullopt, kNow);
}

// "www.example.com. 60 A 192.0.2.1"
inline std::string text_of(const dns::MessageRecord& record) {
  return absl::StrCat(record.owner.text(), " ", record.ttl, " ", dns::to_text(record.type), " ",
                      dns::format_rdata(record.type, record.rdata));
}

inline std::vector<std::string> texts_of(const std::vector<dns::MessageRecord>& records) {
  std::vector<std::string> texts;
  for (const dns::MessageRecord& record : records) texts.push_back(text_of(record));
  return texts;
}

}  // namespace signpost::secondary
