#include "server/chaos.h"

#include <array>
#include <string>
#include <utility>

#include "bpf/dns_query.h"
#include "server/octets.h"

namespace signpost::server {
namespace {

constexpr std::string_view kVersion = "Signpost " SIGNPOST_VERSION;

constexpr std::array<std::string_view, 2> kIdentityNames = {"id.server.", "hostname.bind."};
constexpr std::array<std::string_view, 2> kVersionNames = {"version.server.", "version.bind."};

bool is_one_of(const dns::Name& qname, const std::array<std::string_view, 2>& names) {
  const std::string text = qname.folded().text();
  return text == names[0] || text == names[1];
}

// Type TXT, class CH, TTL 0, of QNAME.
std::string txt_record(std::string_view text) {
  std::string record("\xc0\x0c\0\x10\0\x03\0\0\0\0\0", 11);
  record += static_cast<char>(text.size() + 1);
  record += static_cast<char>(text.size());
  return record.append(text);
}

}  // namespace

std::optional<model::Variant> chaos_answer(const dns::Name& qname, std::string_view identity) {
  std::string_view text;
  if (is_one_of(qname, kIdentityNames)) text = identity;
  if (is_one_of(qname, kVersionNames)) text = kVersion;
  if (text.empty()) return std::nullopt;
  model::Variant variant;
  variant.ancount = 1;
  variant.octets = txt_record(text);
  return variant;
}

}  // namespace signpost::server
