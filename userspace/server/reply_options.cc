#include "server/reply_options.h"

#include <algorithm>

#include "bpf/dns_query.h"
#include "server/octets.h"

namespace signpost::server {
namespace {

constexpr unsigned kEdnsExtendedError = 15;
constexpr unsigned kKeepaliveUnit = 100;  // milliseconds
constexpr std::size_t kOptionHead = 4;    // code and length
constexpr std::size_t kPaddingBlock = 468;
constexpr std::size_t kMessageMax = 65535;

// TYPEs of zone versions: RFC 9660 section 7.2.
constexpr unsigned kVersionSerial = 0;
constexpr unsigned kVersionGeneration = 246;  // the first for private use

// SERIAL and what follows it in an SOA record (RFC 1035 section 3.3.13).
constexpr std::size_t kSoaNumbersOctets = 20;

void put(std::uint64_t value, unsigned octets, std::string& out) {
  while (octets-- > 0) out += static_cast<char>(value >> 8 * octets);
}

std::string option(unsigned code, const std::string& data) {
  std::string octets;
  put(code, 2, octets);
  put(data.size(), 2, octets);
  return octets + data;
}

std::string zone_version(std::size_t labels, unsigned type, std::uint64_t version,
                         unsigned octets) {
  std::string data;
  put(labels, 1, data);
  put(type, 1, data);
  put(version, octets, data);
  return option(EDNS_ZONEVERSION, data);
}

}  // namespace

std::string extended_error_option(ExtendedError error, std::string_view text) {
  std::string data;
  put(static_cast<std::uint16_t>(error), 2, data);
  data += text;
  return option(kEdnsExtendedError, data);
}

std::string keepalive_option(std::chrono::milliseconds idle_timeout) {
  std::string data;
  put(std::min<std::uint64_t>(static_cast<std::uint64_t>(idle_timeout.count()) / kKeepaliveUnit,
                              0xffff),
      2, data);
  return option(EDNS_KEEPALIVE, data);
}

std::string padding_option(std::size_t size) {
  const std::size_t least = size + kOptionHead;
  if (least > kMessageMax) return {};
  const std::size_t whole_blocks = (least + kPaddingBlock - 1) / kPaddingBlock * kPaddingBlock;
  return option(EDNS_PADDING, std::string(std::min(whole_blocks, kMessageMax) - least, '\0'));
}

std::string zone_version_options(const model::AnswerTable& table, model::ZoneId zone) {
  const model::ZoneAnswers& answers = **table.zone_answers.find(zone);
  const std::size_t labels = answers.apex.label_count();
  const std::uint32_t serial =
      load32(as_octets(answers.soa), answers.soa.size() - kSoaNumbersOctets);
  return zone_version(labels, kVersionSerial, serial, 4) +
         zone_version(labels, kVersionGeneration, table.config_generation, 8);
}

}  // namespace signpost::server
